import type { z } from "zod";
import type { IncidentComment, incidentClosing, incidentReopening } from "#contracts/incident";

/**
 * What people did about an incident as a whole. The key of an incident changes when more of its lineage becomes known,
 * so it is stored for one of its alerts and belongs to whichever incident that alert is in. See docs/decisions/0061.
 */
export interface IncidentRecord {
  /** What the audit trail names. */
  readonly id: string;
  readonly alertId: string;
  readonly assignee?: string;
  readonly tags: readonly string[];
  readonly comments: readonly IncidentComment[];
  readonly closed?: Readonly<z.infer<typeof incidentClosing>>;
  readonly reopened?: Readonly<z.infer<typeof incidentReopening>>;
  /** Epoch milliseconds. */
  readonly changedAt: number;
}

/** The records of one incident as one: several meet when incidents turn out to be one, or are merged. */
export interface CombinedWork extends Omit<IncidentRecord, "id" | "alertId"> {
  /** The ids of all records, the one to change first. */
  readonly ids: readonly [string, ...string[]];
  readonly alertId: string;
}

/** Undefined: nobody has worked on the incident. */
export function combineWork(records: readonly IncidentRecord[]): CombinedWork | undefined {
  const [latest, ...others] = records.toSorted((a, b) => b.changedAt - a.changedAt || (a.id < b.id ? -1 : 1));
  if (latest === undefined) {
    return undefined;
  }
  const all = [latest, ...others];
  const closed = latestOf(all.map((record) => record.closed));
  const reopened = latestOf(all.map((record) => record.reopened));
  return {
    ids: [latest.id, ...others.map(({ id }) => id)],
    alertId: latest.alertId,
    assignee: all.find(({ assignee }) => assignee !== undefined)?.assignee,
    tags: [...new Set(all.flatMap(({ tags }) => tags))].sort(),
    comments: all
      .flatMap(({ comments }) => comments)
      .toSorted((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? -1 : 1)),
    closed,
    // One incident can have been reopened before another one was closed.
    reopened: reopened !== undefined && (closed === undefined || reopened.at >= closed.at) ? reopened : undefined,
    changedAt: latest.changedAt,
  };
}

function latestOf<T extends { readonly at: string }>(items: readonly (T | undefined)[]): T | undefined {
  return items.filter((item) => item !== undefined).toSorted((a, b) => (a.at < b.at ? 1 : -1))[0];
}
