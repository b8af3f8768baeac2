import { Button, Loader } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconLock } from "@tabler/icons-react";
import { useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { DryRun, ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import { useDenial } from "../../api/permission.ts";
import { useChange } from "../../api/queries.ts";
import { useCommands } from "../../keyboard/commands.tsx";
import { NoteDialog } from "../../ui/note-dialog.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./builder-page.module.css";
import { draftIdentity, saveBlocked } from "./draft.ts";
import { closingWords } from "./dry-run-view.tsx";

/**
 * Saves the draft once its dry run was seen; until then it shows what is missing. Who may not save proposes it to
 * somebody who may.
 */
export function SaveBar({
  alertId,
  draft,
  proposal,
  replaces,
  dryRun,
  seen,
  isRunning,
}: {
  readonly alertId: string;
  readonly draft: ExceptionDraft;
  /** The proposal that is taken by saving. */
  readonly proposal: string | undefined;
  /** The exception that gets a new version by saving. */
  readonly replaces: string | undefined;
  /** The dry run of this very draft. */
  readonly dryRun: DryRun | undefined;
  /** Identity of the draft whose dry run is shown and was in the viewport. */
  readonly seen: string | undefined;
  /** Whether the dry run of this draft is still running. */
  readonly isRunning: boolean;
}) {
  const navigate = useNavigate();
  const save = useChange("saveException");
  const denial = useDenial("author");
  const proposes = useDenial("propose") === undefined && denial !== undefined && proposal === undefined;
  const missing = saveBlocked({ draft, dryRun, seen, now: Date.now() });
  const blocked = denial ?? missing;
  const shown = proposes ? missing : blocked;
  const send = () => {
    if (blocked !== undefined || dryRun === undefined) {
      return;
    }
    save.mutate(
      {
        body: {
          draft,
          dryRunToken: dryRun.token,
          proposal,
          ...(replaces === undefined ? {} : { replaces: { id: replaces } }),
        },
      },
      {
        onSuccess: ({ exception, closed }) => {
          notifications.show({ title: "Exception saved", message: savedWords(exception, closed) });
          void navigate(`/exceptions/${encodeURIComponent(exception.id)}`);
        },
      },
    );
  };
  useSaveCommand(send, blocked);
  return (
    <footer className={classes.bar}>
      {save.error !== null && (
        <div className={classes.failure}>
          <ErrorState error={save.error} retry={save.reset} />
        </div>
      )}
      <p role="status" data-blocked={shown !== undefined || undefined}>
        {shown === undefined ? (
          proposes ? (
            "An author can save it once you have proposed it."
          ) : (
            effectWords(draft, dryRun?.totals.closesNow ?? 0)
          )
        ) : (
          <>
            {isRunning ? <Loader size={13} aria-hidden /> : <IconLock size={14} aria-hidden />}
            {shown}
            {dryRun !== undefined && seen !== draftIdentity(draft) && <ShowDryRun />}
          </>
        )}
      </p>
      <Button size="xs" variant="default" onClick={() => void navigate(-1)}>
        Discard
      </Button>
      {proposes ? (
        <Propose alertId={alertId} draft={draft} missing={missing} />
      ) : (
        <Button
          size="xs"
          disabled={blocked !== undefined}
          loading={save.isPending}
          onClick={send}
          title={blocked ?? "Ctrl S"}
        >
          {draft.mode === "shadow" ? "Save in shadow mode" : "Save and enforce"}
        </Button>
      )}
    </footer>
  );
}

/** Hands the draft over to an author, with a rationale. */
function Propose({
  alertId,
  draft,
  missing,
}: {
  readonly alertId: string;
  readonly draft: ExceptionDraft;
  /** Why the draft could not be saved by anybody. */
  readonly missing: string | undefined;
}) {
  const navigate = useNavigate();
  const [asking, ask] = useState(false);
  const propose = useChange("proposeException");
  return (
    <>
      <Button size="xs" disabled={missing !== undefined} title={missing} onClick={() => ask(true)}>
        Propose…
      </Button>
      {asking && (
        <NoteDialog
          title="Propose exception"
          action="Propose"
          label="Rationale"
          description="Why, for the author who decides. The exception hides nothing until an author saves it."
          pending={propose.isPending}
          error={propose.error}
          close={() => ask(false)}
          confirm={(rationale) =>
            propose.mutate(
              { params: { id: alertId }, body: { draft, rationale } },
              {
                onSuccess: () => {
                  notifications.show({ title: "Exception proposed", message: "It waits for an author to decide." });
                  void navigate("/proposals");
                },
              },
            )
          }
        />
      )}
    </>
  );
}

/** Ctrl S. */
function useSaveCommand(send: () => void, blocked: string | undefined): void {
  const latestSend = useRef(send);
  latestSend.current = send;
  useCommands(
    useMemo(
      () => [
        {
          id: "exception-save",
          title: "Save exception",
          group: "Exception",
          keys: ["mod+s"],
          run: () => latestSend.current(),
          disabled: blocked,
        },
      ],
      [blocked],
    ),
  );
}

const ShowDryRun = () => (
  <Button
    size="compact-xs"
    variant="default"
    onClick={() => document.getElementById("dry-run")?.scrollIntoView({ block: "start" })}
  >
    Show dry run
  </Button>
);

/** What saving does. */
function effectWords({ mode }: ExceptionDraft, closes: number): string {
  return mode === "shadow"
    ? "Shadow mode: hits are counted, nothing is hidden."
    : `Enforced: ${closes.toLocaleString("en")} ${closingWords(mode, closes)}, and matching alerts are no longer raised.`;
}

/** What saving did. */
function savedWords({ mode }: ExceptionRecord, closed: number): string {
  return mode === "shadow"
    ? "Saved in shadow mode. No alerts were closed."
    : `${closed.toLocaleString("en")} ${closed === 1 ? "alert" : "alerts"} closed.`;
}
