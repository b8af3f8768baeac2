import { Button, Group, Modal, Textarea } from "@mantine/core";
import { useState } from "react";
import { useParams } from "react-router";
import type { ExceptionRecord } from "#contracts/exception";
import { useChange, useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Facts, Page, Section, TextLink } from "../../ui/page.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { BreadthView } from "./breadth.tsx";
import { entryValues, relationOf } from "./draft.ts";
import classes from "./exception-page.module.css";
import { healthOf, stateOf } from "./health.ts";
import { StateMark } from "./state-mark.tsx";

/** One exception: what it hides, for which rules, since when and why; and the way to stop it. */
export function ExceptionPage() {
  const { id = "" } = useParams();
  const exceptions = useRoute("exceptions");
  return (
    <LoadedPage query={exceptions} kind="Exception" back={{ to: "/exceptions", text: "All exceptions" }}>
      {({ items }) => {
        const record = items.find((item) => item.id === id);
        return record === undefined ? (
          <Page title="Exception">
            <EmptyState
              title="There is no such exception"
              reason="It may belong to another store; exceptions are never deleted, only disabled."
              action={<TextLink to="/exceptions">All exceptions</TextLink>}
            />
          </Page>
        ) : (
          <Shown record={record} />
        );
      }}
    </LoadedPage>
  );
}

function Shown({ record }: { readonly record: ExceptionRecord }) {
  const [disabling, setDisabling] = useState(false);
  const rules = useRoute("ruleNames");
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
            ["Written by", record.createdBy],
            ["Written", <Moment key="at" iso={record.createdAt} />],
          ]}
        />
      }
    >
      <Section title="All of these must hold">
        <ol className={classes.entries}>
          {record.entries.map((entry, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the entries of a saved exception never change places.
            <li key={index}>
              <code>{entry.field}</code> <span>{relationOf(entry).word}</span>{" "}
              {entryValues(entry).map((value) => (
                <code key={value} className={classes.value}>
                  <VisibleText text={value} />
                </code>
              ))}
              {entry.type !== "exists" && <span>{entry.case === "sensitive" ? "exact case" : "any case"}</span>}
            </li>
          ))}
        </ol>
      </Section>
      <Section title="Reason">
        <p className={classes.reason}>{record.reason}</p>
        {record.fromAlert !== undefined && (
          <TextLink to={`/alerts/${encodeURIComponent(record.fromAlert)}`}>the alert that it was written from</TextLink>
        )}
      </Section>
      <Section title="Rules it holds for">
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
      <Section title="Breadth when it was saved">
        <BreadthView breadth={record.breadth} />
        {record.breadthReason !== undefined && <p className={classes.reason}>{record.breadthReason}</p>}
      </Section>
      <Section title="History">
        {record.disabledAt === undefined ? (
          <Button size="xs" variant="default" onClick={() => setDisabling(true)}>
            Disable…
          </Button>
        ) : (
          <p className={classes.reason}>
            Disabled <Moment iso={record.disabledAt} />
          </p>
        )}{" "}
        <TextLink to={`/audit?kind=exception&id=${encodeURIComponent(record.id)}`}>
          every change in the audit trail
        </TextLink>
      </Section>
      {disabling && <DisableDialog id={record.id} close={() => setDisabling(false)} />}
    </Page>
  );
}

function DisableDialog({ id, close }: { readonly id: string; readonly close: () => void }) {
  const [reason, setReason] = useState("");
  const disable = useChange("disableException");
  return (
    <Modal opened onClose={close} title="Disable the exception" size="lg">
      <Textarea
        label="Reason"
        description="From now on nothing is hidden by it. Alerts that it closed stay closed."
        required
        data-autofocus
        autosize
        minRows={2}
        maxLength={4000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {disable.error !== null && <ErrorState error={disable.error} />}
      <Group justify="flex-end" gap="xs" mt="md">
        <Button size="xs" variant="default" onClick={close}>
          Keep it
        </Button>
        <Button
          size="xs"
          color="red"
          disabled={reason.trim() === ""}
          loading={disable.isPending}
          onClick={() => disable.mutate({ params: { id }, body: { reason } }, { onSuccess: close })}
        >
          Disable
        </Button>
      </Group>
    </Modal>
  );
}
