import { Button, Group, Modal, NativeSelect, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import type { BatchAction, BatchPreview, BatchSelection } from "#contracts/batch";
import { useChange, useRoute } from "../../api/queries.ts";
import { reasons } from "../../ui/close-reasons.ts";
import { cancelWord } from "../../ui/conflict.tsx";
import { EscalationNote } from "../../ui/escalation-note.tsx";
import { OriginalAlert } from "../../ui/original-alert.tsx";
import { reasonHint } from "../../ui/reason-hint.ts";
import { ErrorState, Loaded } from "../../ui/state.tsx";
import { VisibleTextarea, VisibleTextInput } from "../../ui/visible-input.tsx";
import classes from "./bulk.module.css";
import { counted, isOfIncident, number } from "./bulk-selection.ts";

type Kind = BatchAction["kind"];

const titles: Readonly<Record<Kind, string>> = {
  acknowledge: "Acknowledge",
  assign: "Assign",
  tag: "Tag",
  escalate: "Escalate",
  close: "Close",
  reopen: "Reopen",
};

interface Fields {
  readonly note: string;
  readonly reason: string;
  readonly override: string;
  /** The alert that duplicates repeat; empty: none is chosen. */
  readonly duplicateOf: string;
  readonly assignee: string;
  readonly add: string;
  readonly remove: string;
}

const empty: Fields = { note: "", reason: "", override: "", duplicateOf: "", assignee: "", add: "", remove: "" };

const tagsIn = (text: string) =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

/** The action as it was filled in; undefined as long as something is missing. */
function actionOf(
  kind: Kind,
  { note, reason: chosen, override, duplicateOf, assignee, add, remove }: Fields,
): BatchAction | undefined {
  const reason = reasons.find(({ value }) => value === chosen)?.value;
  switch (kind) {
    case "acknowledge":
    case "reopen":
      return { kind, note };
    case "escalate":
      return note.trim() === "" ? undefined : { kind, note };
    case "close":
      if (reason === "duplicate") {
        return duplicateOf === "" || note.trim() === "" ? undefined : { kind, reason, note, duplicateOf };
      }
      return reason === undefined ? undefined : { kind, reason, note, ...(override.trim() === "" ? {} : { override }) };
    case "assign":
      return { kind, ...(assignee === "" ? {} : { assignee }) };
    case "tag":
      return tagsIn(add).length + tagsIn(remove).length === 0
        ? undefined
        : { kind, add: tagsIn(add), remove: tagsIn(remove) };
  }
}

/** What a batch is to do, with the exact counts of what it covers. */
export function BulkDialog({
  kind,
  of,
  byIncident,
  close,
  started,
}: {
  readonly kind: Kind;
  readonly of: BatchSelection[];
  /** Whether rows are incidents; otherwise only their alerts are meant. */
  readonly byIncident: boolean;
  readonly close: () => void;
  readonly started: () => void;
}) {
  const [scope, setScope] = useState<"incidents" | "alerts">(byIncident ? "incidents" : "alerts");
  const [fields, setFields] = useState(empty);
  const preview = useRoute("previewBatch", { body: { of, scope } });
  const start = useChange("startBatch", started);
  const action = actionOf(kind, fields);
  const canBeNarrower = byIncident && of.some((one) => one.kind === "filter") && !isOfIncident({ kind });
  const set = (name: keyof Fields) => (value: string) => setFields((before) => ({ ...before, [name]: value }));
  return (
    <Modal opened onClose={close} title={titles[kind]} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (action !== undefined) {
            start.mutate({ body: { action, of, scope } });
          }
        }}
      >
        <Stack gap="sm">
          {canBeNarrower && (
            <Radio.Group
              label="Alerts"
              value={scope}
              onChange={(value) => setScope(value === "alerts" ? "alerts" : "incidents")}
            >
              <Stack gap={8} mt={6}>
                <Radio size="sm" value="incidents" label="All alerts of the incidents" />
                <Radio size="sm" value="alerts" label="Only the alerts that match the filters" />
              </Stack>
            </Radio.Group>
          )}
          <Loaded query={preview} label="Counting" rows={1}>
            {(counts) => (
              <p className={classes.covers} role="status">
                {coverText(kind, counts)}
              </p>
            )}
          </Loaded>
          {kind === "escalate" && <EscalationNote each />}
          <ActionFields kind={kind} fields={fields} set={set} />
          {start.error !== null && <ErrorState error={start.error} />}
          <Group justify="flex-end" gap="xs">
            <Button size="xs" variant="default" onClick={close}>
              {cancelWord(start.error)}
            </Button>
            <Button
              size="xs"
              type="submit"
              disabled={action === undefined || preview.data === undefined || preview.data.alerts === 0}
              loading={start.isPending}
            >
              {preview.data === undefined ? titles[kind] : `${titles[kind]} ${subject(kind, preview.data)}`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function subject(kind: Kind, { incidents, alerts }: BatchPreview): string {
  return isOfIncident({ kind }) ? counted(incidents, "incident") : counted(alerts, "alert");
}

/** Which statuses an action leaves as they are. */
const unchanged: Readonly<Partial<Record<Kind, readonly (keyof BatchPreview["statuses"])[]>>> = {
  acknowledge: ["acknowledged", "escalated", "closed"],
  escalate: ["escalated", "closed"],
  close: ["closed"],
  reopen: ["open"],
};

function coverText(kind: Kind, preview: BatchPreview): string {
  const covers = `${counted(preview.incidents, "incident")} with ${counted(preview.alerts, "alert")}.`;
  const left = (unchanged[kind] ?? []).flatMap((status) =>
    preview.statuses[status] === 0 ? [] : [`${number(preview.statuses[status])} ${status}`],
  );
  return left.length === 0 ? covers : `${covers} These stay as they are: ${left.join(", ")}.`;
}

function ActionFields({
  kind,
  fields,
  set,
}: {
  readonly kind: Kind;
  readonly fields: Fields;
  readonly set: (name: keyof Fields) => (value: string) => void;
}) {
  if (kind === "assign") {
    return <AssigneeField value={fields.assignee} change={set("assignee")} />;
  }
  if (kind === "tag") {
    return (
      <>
        <VisibleTextInput
          label="Tags to add"
          description="Separated by commas."
          data-autofocus
          value={fields.add}
          change={set("add")}
        />
        <VisibleTextInput label="Tags to remove" value={fields.remove} change={set("remove")} />
      </>
    );
  }
  return (
    <>
      {kind === "close" && (
        <Radio.Group label="Reason" value={fields.reason || null} onChange={set("reason")}>
          <Stack gap={10} mt={6}>
            {reasons.map((option, at) => (
              <Radio key={option.value} size="sm" data-autofocus={at === 0 || undefined} {...option} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      {fields.reason === "duplicate" && (
        <OriginalAlert
          value={fields.duplicateOf === "" ? undefined : fields.duplicateOf}
          change={(id) => set("duplicateOf")(id ?? "")}
        />
      )}
      <VisibleTextarea
        label="Note"
        description={
          fields.reason === "duplicate" ? reasonHint(fields.note, "Why the other alert covers them.") : undefined
        }
        required={kind === "escalate" || fields.reason === "duplicate"}
        data-autofocus={kind !== "close" || undefined}
        autosize
        minRows={2}
        maxLength={4000}
        value={fields.note}
        change={set("note")}
      />
      {kind === "close" && fields.reason !== "" && fields.reason !== "duplicate" && (
        <VisibleTextarea
          label="Your reason for closing against the verdict"
          description={reasonHint(
            fields.override,
            "Without one, incidents whose verdict does not permit it stay as they are. Kept in the audit trail, and marked.",
          )}
          autosize
          minRows={1}
          maxLength={4000}
          value={fields.override}
          change={set("override")}
        />
      )}
    </>
  );
}

function AssigneeField({ value, change }: { readonly value: string; readonly change: (value: string) => void }) {
  const people = useRoute("assignees", {}, { freshFor: 60_000 });
  return (
    <Loaded query={people} label="People" rows={1}>
      {({ names }) => (
        <NativeSelect
          label="Assignee"
          data-autofocus
          value={value}
          onChange={(event) => change(event.currentTarget.value)}
          data={[{ value: "", label: "Nobody" }, ...names.map((name) => ({ value: name, label: name }))]}
        />
      )}
    </Loaded>
  );
}
