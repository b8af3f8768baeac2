import { Button } from "@mantine/core";
import { IconAlertOctagon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { DryRun, ExceptionDraft } from "#contracts/exception";
import type { RedStop } from "#contracts/exception-gate";
import { VisibleTextarea } from "../../ui/visible-input.tsx";
import { visibleString } from "../../ui/visible-text.ts";
import classes from "./red-stop.module.css";

const alertsWords = (count: number) => `${count.toLocaleString("en")} ${count === 1 ? "alert" : "alerts"}`;

/** Alerts judged malicious that the exception would have hidden, and the ways on. */
export function RedStopView({
  stop,
  mode,
  narrow,
  override,
  children,
}: {
  readonly stop: RedStop;
  readonly mode: ExceptionDraft["mode"];
  /** Takes the proposed entries; absent where the draft cannot be changed. */
  readonly narrow?: (change: Pick<ExceptionDraft, "entries" | "alternatives">) => void;
  /** The reason with which a second person is asked; absent where nobody can ask. */
  readonly override?: { readonly text: string; readonly change: (text: string) => void } | undefined;
  /** The alerts. */
  readonly children: ReactNode;
}) {
  const { narrowing } = stop;
  return (
    <section className={classes.stop} aria-label="Alerts judged malicious in the dry run">
      <h2>
        <IconAlertOctagon size={18} aria-hidden />
        Would have hidden {alertsWords(stop.total)} judged malicious
      </h2>
      <p>
        {mode === "shadow"
          ? "Shadow mode hides nothing, so it can be saved. It cannot be enforced before it leaves them out."
          : "It cannot be enforced before it leaves them out."}
      </p>
      <div className={classes.way}>
        <p>{visibleString(narrowing.text)}</p>
        {narrowing.kind === "found" && narrow !== undefined && (
          <Button
            size="compact-xs"
            onClick={() =>
              narrow({
                entries: narrowing.entries,
                ...(narrowing.alternatives === undefined ? {} : { alternatives: narrowing.alternatives }),
              })
            }
          >
            Narrow it so
          </Button>
        )}
      </div>
      {mode === "enforced" && override !== undefined && (
        <VisibleTextarea
          size="xs"
          label="Or ask a second person to enforce it all the same"
          description="Why it may hide them. Until another author approves it, it stays in shadow mode."
          autosize
          minRows={1}
          maxLength={4000}
          value={override.text}
          change={override.change}
        />
      )}
      {children}
    </section>
  );
}

/** Why each of the listed alerts was judged malicious. */
export function becauseOf({ redStop }: Pick<DryRun, "redStop">): ReadonlyMap<string, string> {
  return new Map(redStop?.because.map(({ alert, text }) => [alert, text]));
}
