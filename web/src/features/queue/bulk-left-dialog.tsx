import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import { type Severity, severity } from "#contracts/alert";
import type { Batch, LeftAlert } from "#contracts/batch";
import { useRoute } from "../../api/queries.ts";
import { SeverityMark, StatusMark } from "../../ui/marks.tsx";
import { Table, TextLink } from "../../ui/page.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./bulk.module.css";
import { counted } from "./bulk-selection.ts";

/** What a batch left as it was for one reason. */
export type LeftReason = Batch["left"][number];

const LIMIT = 100;

/** Which incidents and alerts a batch left as they were for a reason, in pages. */
export function LeftDialog({
  batch: { id },
  reason,
  select,
  close,
}: {
  readonly batch: Pick<Batch, "id">;
  readonly reason: LeftReason;
  /** Selects them; undefined as long as there may be more of them. */
  readonly select: (() => void) | undefined;
  readonly close: () => void;
}) {
  const [cursor, setCursor] = useState<string>();
  const call = { params: { id }, query: { code: reason.code, cursor, limit: LIMIT } };
  const list = useRoute("batchLeft", call, { fallback: 5_000, keep: true });
  return (
    <Modal opened onClose={close} title={`${leftCounts(reason)} left as they were`} size="xl">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <p className={classes.covers}>{reason.text}</p>
          {select !== undefined && list.data?.items.some(({ now }) => now !== undefined) === true && (
            <Button size="xs" onClick={select}>
              {`Select ${leftCounts(reason)}`}
            </Button>
          )}
        </Group>
        <div aria-busy={list.isPlaceholderData || list.isPending}>
          <Loaded query={list} label="Loading what was left" rows={4}>
            {(page) => (
              <>
                <Incidents rows={incidentsOf(page.items)} />
                {(page.next !== undefined || cursor !== undefined) && (
                  <Pager page={page} isFirst={cursor === undefined} turn={setCursor} />
                )}
              </>
            )}
          </Loaded>
        </div>
      </Stack>
    </Modal>
  );
}

export function leftCounts({ alerts, incidents }: Pick<LeftReason, "alerts" | "incidents">): string {
  return alerts === 0 ? counted(incidents, "incident") : counted(alerts, "alert");
}

interface LeftIncident {
  readonly key: string;
  readonly alerts: readonly LeftAlert[];
}

/** Alerts of an incident follow each other. */
function incidentsOf(items: readonly LeftAlert[]): readonly LeftIncident[] {
  return [...Map.groupBy(items, ({ incident }) => incident)].map(([key, alerts]) => ({ key, alerts }));
}

const severe = (alert: { readonly severity: Severity }) => severity.options.indexOf(alert.severity);

const gone = "Gone, or of a building-block rule";

function Incidents({ rows }: { readonly rows: readonly LeftIncident[] }) {
  return (
    <Table
      label="Left as they were"
      rows={rows}
      keyOf={({ key }) => key}
      empty="Which ones is not known: an earlier version of Stemma ran the batch, and only counted them."
      cards
      columns={[
        { title: "Incident", wide: true, cell: (row) => <IncidentLink incident={row} /> },
        { title: "Host", cell: ({ alerts }) => namesOf(alerts.flatMap(({ now }) => now?.host ?? [])) },
        { title: "Alerts", numeric: true, cell: ({ alerts }) => alerts.length },
        { title: "Status now", cell: ({ alerts }) => <Statuses alerts={alerts} /> },
      ]}
      detail={{ title: "Alerts", of: ({ alerts }) => <Alerts alerts={alerts} /> }}
    />
  );
}

/** Named after the rules of its alerts, the most severe first. Without any alert, there may be no such incident. */
function IncidentLink({ incident: { key, alerts } }: { readonly incident: LeftIncident }) {
  const found = alerts.flatMap(({ now }) => now ?? []).sort((a, b) => severe(b) - severe(a));
  const [first] = found;
  return first === undefined ? (
    gone
  ) : (
    <span className={classes.lead}>
      <SeverityMark severity={first.severity} word={false} />
      <TextLink to={`/incidents/${encodeURIComponent(key)}`}>{namesOf(found.map(({ rule }) => rule.name))}</TextLink>
    </span>
  );
}

function Statuses({ alerts }: Pick<LeftIncident, "alerts">) {
  const statuses = new Set(alerts.flatMap(({ now }) => now?.status ?? []));
  return (
    <span className={classes.named}>
      {[...statuses].map((status) => (
        <StatusMark key={status} status={status} />
      ))}
    </span>
  );
}

function Alerts({ alerts }: Pick<LeftIncident, "alerts">) {
  return (
    <ul className={classes.alerts}>
      {alerts.map(({ alert = "", now }) => (
        <li key={alert}>
          {now === undefined ? (
            gone
          ) : (
            <span className={classes.named}>
              <TextLink to={`/alerts/${encodeURIComponent(alert)}`}>{now.rule.name}</TextLink>
              <StatusMark status={now.status} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Names that occur, each once: the first, and how many others. */
function namesOf(names: readonly string[]): string {
  const [first = "", ...others] = new Set(names);
  return others.length === 0 ? first : `${first} and ${counted(others.length, "other")}`;
}
