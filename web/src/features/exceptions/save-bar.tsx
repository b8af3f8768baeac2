import { Button, Loader } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconLock } from "@tabler/icons-react";
import { useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { DryRun, ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import { useDenial } from "../../api/permission.ts";
import { useChange } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { useCommands } from "../../keyboard/commands.tsx";
import { NoteDialog } from "../../ui/note-dialog.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./builder-page.module.css";
import { ClosingProgress } from "./closing-progress.tsx";
import { draftIdentity, needsSecondPerson, saveBlocked } from "./draft.ts";
import { closingWords } from "./dry-run-view.tsx";

/**
 * Saves the draft once its dry run was seen; until then it shows what is missing. Who may not save proposes it to
 * somebody who may.
 */
export function SaveBar({
  alertId,
  draft,
  proposal,
  overrideReason,
  replaces,
  dryRun,
  seen,
  isRunning,
  onSaved,
}: {
  readonly alertId: string;
  readonly draft: ExceptionDraft;
  /** The proposal that is taken by saving. */
  readonly proposal: string | undefined;
  /** Why a second person should enforce it although it hides alerts judged malicious. */
  readonly overrideReason: string;
  /** The exception that gets a new version by saving. */
  readonly replaces: string | undefined;
  /** The dry run of this very draft. */
  readonly dryRun: DryRun | undefined;
  /** Identity of the draft whose dry run is shown and was in the viewport. */
  readonly seen: string | undefined;
  /** Whether the dry run of this draft is still running. */
  readonly isRunning: boolean;
  /** The draft is not needed any more. */
  readonly onSaved: () => void;
}) {
  const navigate = useNavigate();
  const save = useChange("saveException");
  // What was there when the editor opened: what others changed since then refuses the save, and says so.
  const edited = useSeen({ name: "exception", params: { id: replaces ?? "" } });
  /** Too many alerts to be closed before the request was answered. */
  const [closing, setClosing] = useState<{ readonly batch: string; readonly exception: string }>();
  const denial = useDenial("author");
  const proposes = useDenial("propose") === undefined && denial !== undefined && proposal === undefined;
  const missing = saveBlocked({ draft, dryRun, seen, overrideReason, now: Date.now() });
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
          overrideReason: overrideReason.trim() || undefined,
          ...(replaces === undefined ? {} : { replaces: { id: replaces, ifMatch: edited.seen.tag } }),
        },
      },
      {
        onSuccess: ({ exception, closed, batch }) => {
          onSaved();
          if (batch !== undefined && draft.mode === "enforced" && closed === 0 && dryRun.totals.closesNow > 0) {
            setClosing({ batch, exception: exception.id });
            return;
          }
          notifications.show({ title: "Exception saved", message: savedWords(exception, closed) });
          void navigate(`/exceptions/${encodeURIComponent(exception.id)}`);
        },
        onError: edited.again,
      },
    );
  };
  const discard = () => {
    onSaved();
    void navigate(-1);
  };
  useSaveCommand(send, closing === undefined ? blocked : "The exception is saved");
  if (closing !== undefined) {
    return <ClosingProgress {...closing} />;
  }
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
            effectWords(draft, dryRun)
          )
        ) : (
          <>
            {isRunning ? <Loader size={13} aria-hidden /> : <IconLock size={14} aria-hidden />}
            {shown}
            {dryRun !== undefined && seen !== draftIdentity(draft) && <ShowDryRun />}
          </>
        )}
      </p>
      <Button size="xs" variant="default" onClick={discard}>
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
          {draft.mode === "shadow"
            ? "Save in shadow mode"
            : needsSecondPerson(draft, dryRun)
              ? "Save and ask a second person"
              : "Save and enforce"}
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
function effectWords(draft: ExceptionDraft, dryRun: DryRun | undefined): string {
  const { mode } = draft;
  const closes = dryRun?.totals.closesNow ?? 0;
  if (needsSecondPerson(draft, dryRun)) {
    return "Another author has to enforce it: until then it stays in shadow mode.";
  }
  return mode === "shadow"
    ? "Shadow mode: hits are counted, nothing is hidden."
    : `Enforced: ${closes.toLocaleString("en")} ${closingWords(mode, closes)}, and matching alerts are no longer raised.`;
}

/** What saving did. */
function savedWords({ mode, approval }: ExceptionRecord, closed: number): string {
  if (approval !== undefined) {
    return "It waits for another author, in shadow mode. No alerts were closed.";
  }
  return mode === "shadow"
    ? "Saved in shadow mode. No alerts were closed."
    : `${closed.toLocaleString("en")} ${closed === 1 ? "alert" : "alerts"} closed.`;
}
