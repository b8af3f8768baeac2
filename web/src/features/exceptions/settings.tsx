import { Button, SegmentedControl, TextInput } from "@mantine/core";
import type { ExceptionDraft } from "#contracts/exception";
import { VisibleTextarea, VisibleTextInput } from "../../ui/visible-input.tsx";
import classes from "./builder-page.module.css";
import { ScopeSettings } from "./scope-settings.tsx";

/** Name, scope, mode, expiry and reasons of a draft. */
export function Settings({
  draft,
  edit,
  isBroad,
}: {
  readonly draft: ExceptionDraft;
  readonly edit: (change: Partial<ExceptionDraft>) => void;
  readonly isBroad: boolean;
}) {
  return (
    <section className={classes.settings} aria-label="Settings">
      <VisibleTextInput
        size="xs"
        label="Name"
        required
        maxLength={200}
        value={draft.name}
        change={(name) => edit({ name })}
      />
      <ScopeSettings draft={draft} edit={edit} />
      <div className={classes.pair}>
        <div>
          <p className={classes.label}>Mode</p>
          <SegmentedControl
            size="xs"
            aria-label="Mode"
            value={draft.mode}
            onChange={(value) => edit({ mode: value === "enforced" ? "enforced" : "shadow" })}
            data={[
              { value: "shadow", label: "Shadow first" },
              { value: "enforced", label: "Enforced" },
            ]}
          />
        </div>
        <Expiry expires={draft.expires} change={(expires) => edit({ expires })} />
        <TextInput
          size="xs"
          type="date"
          label="Review by (UTC)"
          value={draft.reviewBy?.slice(0, 10) ?? ""}
          onChange={(event) => {
            const day = event.currentTarget.value;
            edit({ reviewBy: day === "" ? undefined : startOf(day) });
          }}
        />
      </div>
      <VisibleTextarea
        size="xs"
        label="Reason"
        description="Why this activity is expected"
        required
        autosize
        minRows={2}
        maxRows={8}
        maxLength={4000}
        value={draft.reason}
        change={(reason) => edit({ reason })}
      />
      {(isBroad || draft.breadthReason !== undefined) && (
        <VisibleTextarea
          size="xs"
          label="Reason for the breadth"
          required={isBroad}
          autosize
          minRows={2}
          maxLength={4000}
          value={draft.breadthReason ?? ""}
          change={(text) => edit({ breadthReason: text === "" ? undefined : text })}
        />
      )}
    </section>
  );
}

/** Lifetimes offered as buttons, in days. */
const lifetimes = [7, 30, 90] as const;

/** Exceptions expire at the start of a day. */
const startOf = (day: string) => `${day}T00:00:00.000Z`;

function Expiry({
  expires,
  change,
}: {
  readonly expires: string | undefined;
  readonly change: (expires: string | undefined) => void;
}) {
  return (
    <div className={classes.expiry}>
      <TextInput
        size="xs"
        type="date"
        label="Expires (UTC)"
        value={expires?.slice(0, 10) ?? ""}
        onChange={(event) => {
          const day = event.currentTarget.value;
          change(day === "" ? undefined : startOf(day));
        }}
      />
      <div className={classes.presets}>
        {lifetimes.map((days) => (
          <Button
            key={days}
            size="compact-xs"
            variant="default"
            onClick={() => change(startOf(new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)))}
          >
            {days} days
          </Button>
        ))}
        <Button size="compact-xs" variant="default" onClick={() => change(undefined)}>
          Never
        </Button>
      </div>
    </div>
  );
}
