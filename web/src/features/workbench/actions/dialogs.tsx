import { Button, Group, Modal, Radio, Stack, Textarea } from "@mantine/core";
import { useState } from "react";
import type { CloseReason } from "#contracts/alert";
import type { Verdict } from "#contracts/playbook";
import { RequestError } from "../../../api/client.ts";
import { VerdictMark } from "../../../ui/marks.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import classes from "./dialogs.module.css";
import type { AlertActions } from "./use-actions.ts";

const reasons: readonly { readonly value: CloseReason; readonly label: string; readonly description: string }[] = [
  { value: "benign", label: "Benign", description: "It happened as the rule says, and it is expected here." },
  {
    value: "false-positive",
    label: "False positive",
    description: "The rule matched something that it does not mean.",
  },
  { value: "true-positive", label: "True positive, dealt with", description: "Confirmed, and the response is done." },
  { value: "duplicate", label: "Duplicate", description: "Another alert covers it: name it in the note." },
];

/** A refusal under a title that says what it means for the alert. */
const notChanged = ({ details }: RequestError) =>
  new RequestError({ ...details, title: `The alert stays as it is (${details.title.toLowerCase()})` });

/** Whether a reason says something else than the verdict: only then can the person's own reason stand against it. */
function differs(reason: CloseReason | undefined, verdict: Verdict | undefined): boolean {
  return reason === "benign" || reason === "false-positive"
    ? verdict?.outcome !== "benign"
    : reason === "true-positive" && verdict?.outcome !== "malicious";
}

/** Closing against the verdict is refused by the server with its reason; the person may then give an own one. */
export function CloseDialog({ actions, verdict }: { readonly actions: AlertActions; readonly verdict?: Verdict }) {
  const suggested =
    verdict?.outcome === "benign" ? "benign" : verdict?.outcome === "malicious" ? "true-positive" : undefined;
  const [reason, setReason] = useState<CloseReason | undefined>(suggested);
  const [note, setNote] = useState("");
  const [override, setOverride] = useState("");
  const [refusal, setRefusal] = useState<RequestError>();
  const againstVerdict = refusal !== undefined && refusal.details.status < 500 && differs(reason, verdict);
  const send = async () => {
    if (reason === undefined) {
      return;
    }
    try {
      await actions.send({ to: "closed", reason, note, override: override.trim() === "" ? undefined : override });
      actions.closeDialog();
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      setRefusal(error);
    }
  };
  return (
    <Modal opened onClose={actions.closeDialog} title="Close the alert" size="lg">
      <Stack gap="sm">
        {verdict !== undefined && (
          <p className={classes.verdict}>
            <VerdictMark outcome={verdict.outcome} /> {verdict.rule.text}
          </p>
        )}
        <Radio.Group
          label="Reason"
          value={reason ?? null}
          onChange={(value) => {
            setReason(reasons.find((option) => option.value === value)?.value);
            setRefusal(undefined);
          }}
        >
          <Stack gap={10} mt={6}>
            {reasons.map((option) => (
              <Radio key={option.value} size="sm" {...option} />
            ))}
          </Stack>
        </Radio.Group>
        <Textarea
          label="Note"
          autosize
          minRows={2}
          maxRows={8}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {refusal !== undefined && (
          <div className={classes.refusal}>
            <ErrorState error={notChanged(refusal)} />
          </div>
        )}
        {againstVerdict && (
          <Textarea
            label="Your reason for closing against the verdict"
            description="It is kept in the audit trail under your name."
            autosize
            minRows={2}
            required
            data-autofocus
            value={override}
            onChange={(event) => setOverride(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={actions.closeDialog}>
            Keep it open
          </Button>
          <Button
            size="xs"
            disabled={reason === undefined || (againstVerdict && override.trim() === "")}
            loading={actions.busy}
            color={againstVerdict ? "red" : undefined}
            onClick={() => void send()}
          >
            {againstVerdict ? "Close against the verdict" : "Close the alert"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

export function EscalateDialog({ actions }: { readonly actions: AlertActions }) {
  const [note, setNote] = useState("");
  const [refusal, setRefusal] = useState<RequestError>();
  const send = async () => {
    try {
      await actions.send({ to: "escalated", note });
      actions.closeDialog();
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      setRefusal(error);
    }
  };
  return (
    <Modal opened onClose={actions.closeDialog} title="Escalate the alert" size="lg">
      <Stack gap="sm">
        <p className={classes.verdict}>
          The answers, notes and pinned evidence of every step go with it. Say in a sentence what the next person must
          know.
        </p>
        <Textarea
          label="Note for the people who take over"
          autosize
          minRows={3}
          maxRows={10}
          required
          data-autofocus
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {refusal !== undefined && (
          <div className={classes.refusal}>
            <ErrorState error={notChanged(refusal)} />
          </div>
        )}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={actions.closeDialog}>
            Not yet
          </Button>
          <Button size="xs" disabled={note.trim() === ""} loading={actions.busy} onClick={() => void send()}>
            Escalate
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
