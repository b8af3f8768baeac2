import { Button, Group, Modal } from "@mantine/core";
import { useState } from "react";
import { useParams } from "react-router";
import type { ExceptionRecord } from "#contracts/exception";
import { isFieldEntry } from "#contracts/exception-entry";
import { useDenial } from "../../api/permission.ts";
import { useChange, useRoute, useWholeList } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { cancelWord } from "../../ui/conflict.tsx";
import { entrySentence, entryValues, relationOf } from "../../ui/exception-entry.ts";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Facts, Page, Section, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { VisibleTextarea } from "../../ui/visible-input.tsx";
import { BreadthView } from "./breadth.tsx";
import classes from "./exception-page.module.css";
import { ExportButton } from "./export-dialog.tsx";
import { healthOf, stateOf } from "./health.ts";
import { StateMark } from "./state-mark.tsx";

/** One exception: entries, rules, reason, health, and the dialog that disables it. */
export function ExceptionPage() {
  const { id = "" } = useParams();
  const exception = useRoute("exception", { params: { id } }, { fallback: 15_000 });
  return (
    <LoadedPage query={exception} kind="Exception" back={{ to: "/exceptions", text: "All exceptions" }}>
      {(record) => <Shown record={record} />}
    </LoadedPage>
  );
}

function Shown({ record }: { readonly record: ExceptionRecord }) {
  const [disabling, setDisabling] = useState(false);
  const denial = useDenial("author");
  const rules = useWholeList("ruleNames");
  const now = Date.now();
  const state = stateOf(record, now);
  return (
    <Page
      kind="Exception"
      title={record.name}
      facts={
        <Facts
          entries={[
            ["State", <StateMark key="state" state={state} />],
            ["Health", healthOf(record, now)],
            ["Hits", record.hits.toLocaleString("en")],
            ["Last hit", record.lastHit === undefined ? "never" : <Moment key="last" iso={record.lastHit} />],
            ["Expires", record.expires === undefined ? "never" : <Moment key="ends" iso={record.expires} />],
            ["Created by", record.createdBy],
            ["Created", <Moment key="at" iso={record.createdAt} />],
          ]}
        />
      }
    >
      <Section title="All conditions must match">
        <ol className={classes.entries}>
          {record.entries.map((entry, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the entries of a saved exception never move.
            <li key={index}>
              {isFieldEntry(entry) ? (
                <>
                  <code>{entry.field}</code> <span>{relationOf(entry).word}</span>{" "}
                  {entryValues(entry).map((value) => (
                    <code key={value} className={classes.value}>
                      <VisibleText text={value} />
                    </code>
                  ))}
                  {entry.type !== "exists" && (
                    <span>{entry.case === "sensitive" ? "case-sensitive" : "ignore case"}</span>
                  )}
                </>
              ) : (
                <VisibleText text={entrySentence(entry)} />
              )}
            </li>
          ))}
        </ol>
      </Section>
      <Section title="Reason">
        <p className={classes.reason}>{record.reason}</p>
        {record.fromAlert !== undefined && (
          <TextLink to={`/alerts/${encodeURIComponent(record.fromAlert)}`}>Source alert</TextLink>
        )}
      </Section>
      <Section title="Applies to rules">
        <ul className={classes.rules}>
          {record.ruleIds.map((rule) => (
            <li key={rule}>
              <TextLink to={`/rules/${encodeURIComponent(rule)}`}>
                {rules.data?.items.find((other) => other.id === rule)?.name ?? rule}
              </TextLink>
            </li>
          ))}
        </ul>
      </Section>
      <Section title="Breadth when saved">
        <BreadthView breadth={record.breadth} />
        {record.breadthReason !== undefined && <p className={classes.reason}>{record.breadthReason}</p>}
      </Section>
      <Section title="History">
        {record.disabledAt === undefined && denial !== undefined ? (
          <PermissionNote action="Disabling an exception" denial={denial} />
        ) : record.disabledAt === undefined ? (
          <Button size="xs" variant="default" onClick={() => setDisabling(true)}>
            Disable…
          </Button>
        ) : (
          <p className={classes.reason}>
            Disabled <Moment iso={record.disabledAt} />
          </p>
        )}{" "}
        <ExportButton ids={[record.id]} />{" "}
        <TextLink to={`/audit?kind=exception&id=${encodeURIComponent(record.id)}`}>Audit trail</TextLink>
      </Section>
      {disabling && <DisableDialog id={record.id} close={() => setDisabling(false)} />}
    </Page>
  );
}

function DisableDialog({ id, close }: { readonly id: string; readonly close: () => void }) {
  const [reason, setReason] = useState("");
  const disable = useChange("disableException");
  const { seen, again } = useSeen({ name: "exception", params: { id } });
  return (
    <Modal opened onClose={close} title="Disable exception" size="lg">
      <VisibleTextarea
        label="Reason"
        description="Matching alerts will be raised again. Alerts closed by the exception stay closed."
        required
        data-autofocus
        autosize
        minRows={2}
        maxLength={4000}
        value={reason}
        change={setReason}
      />
      {disable.error !== null && <ErrorState error={disable.error} />}
      <Group justify="flex-end" gap="xs" mt="md">
        <Button size="xs" variant="default" onClick={close}>
          {cancelWord(disable.error)}
        </Button>
        <Button
          size="xs"
          color="red"
          disabled={reason.trim() === ""}
          loading={disable.isPending}
          onClick={() =>
            disable.mutate({ params: { id }, body: { reason }, seen }, { onSuccess: close, onError: again })
          }
        >
          Disable
        </Button>
      </Group>
    </Modal>
  );
}
