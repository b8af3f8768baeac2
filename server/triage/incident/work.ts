import type { Actor } from "#contracts/actor";
import type { IncidentComment } from "#contracts/incident";
import type { RequestProblem } from "#contracts/problem";
import { incidentKey } from "../../alert/incident-key.ts";
import type { CombinedWork, IncidentRecord } from "../../alert/incident-record.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import { lineageRoot } from "../../lineage/lineage-root.ts";
import { conflictWith, type Expected } from "../../store/audit/version.ts";
import type { Store, StoreTransaction } from "../../store/port.ts";

/** A change of an incident by a person. */
export interface IncidentChange {
  readonly key: string;
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly expected?: Expected;
  readonly newId: () => string;
  /** The work on this and other incidents, if it was read in the transaction of the change. */
  readonly known?: ReadonlyMap<string, CombinedWork>;
}

export const noIncident: RequestProblem = {
  code: "incident.not-found",
  message: "There is no incident with this key.",
  remedy: "It may have become part of another one when more of its lineage became known: open one of its alerts.",
};

/** Ancestors that are looked at. */
const GENERATIONS = 64;

/**
 * The incident that a key leads to: one that was merged by hand leads to the merged one, and one whose lineage got
 * another root to the incident of that root.
 */
export async function currentIncident(
  { alerts, lineage }: Pick<Store, "alerts" | "lineage">,
  key: string,
): Promise<string> {
  const has = async (wanted: string) => (await alerts.find({ incidentKey: wanted, limit: 1 })).total > 0;
  if (await has(key)) {
    return key;
  }
  const merged = (await alerts.merges([key])).get(key);
  if (merged !== undefined) {
    return merged.into;
  }
  const process = await lineage.process(key);
  if (process === undefined) {
    return key;
  }
  const root = lineageRoot(process, await lineage.ancestors(process.key, GENERATIONS));
  const into = (await alerts.merges([root])).get(root)?.into;
  if (into !== undefined || (await has(root))) {
    return into ?? root;
  }
  // A logon from another host may lead there.
  const { items } = await alerts.find({ rootKey: root, limit: 1 });
  return items[0] === undefined ? key : incidentKey(items[0]);
}

/** What the audit trail and versions of an incident are about: the records of the work on it. */
export async function incidentSubject(
  { incidents }: Pick<Store, "incidents">,
  key: string,
): Promise<{ readonly kind: "incident"; readonly ids: readonly string[] }> {
  const work = (await incidents.work([key])).get(key);
  // Nobody has changed it yet: no audit record is about it.
  return { kind: "incident", ids: work?.ids ?? [] };
}

/**
 * The record to change, with what all records of the incident hold but comments, which stay where they were written.
 * The others are emptied. Undefined: the incident has no alerts.
 */
export async function recordToChange(
  { alerts, incidents }: Pick<StoreTransaction, "alerts" | "incidents">,
  { key, at, newId, known }: Pick<IncidentChange, "key" | "at" | "newId" | "known">,
): Promise<IncidentRecord | undefined> {
  const work = (known ?? (await incidents.work([key]))).get(key);
  if (work === undefined) {
    const alertId = await alerts.oldest(key);
    return alertId === undefined ? undefined : { id: newId(), alertId, tags: [], comments: [], changedAt: at };
  }
  const { ids, ...combined } = work;
  const [id, ...others] = ids;
  const records = others.length === 0 ? [] : await incidents.records(key);
  for (const { id: other, alertId, comments, changedAt } of records) {
    if (other !== id) {
      await incidents.put({ id: other, alertId, tags: [], comments, changedAt });
    }
  }
  const comments = records.find((record) => record.id === id)?.comments ?? combined.comments;
  return { ...combined, comments, id, changedAt: at };
}

interface Edited {
  readonly action: string;
  readonly record: IncidentRecord;
  readonly before: Partial<IncidentRecord> | undefined;
  readonly after: Partial<IncidentRecord> & { readonly comment?: string };
}

/** What to make of a record; undefined: nothing would change. */
type Edit = (record: IncidentRecord) => Edited | undefined;

export type RecordChange =
  | { readonly kind: "changed"; readonly before: Partial<IncidentRecord>; readonly after: Partial<IncidentRecord> }
  | { readonly kind: "same" | "no-incident" };

/** Changes the record of an incident, with its audit record. */
export async function changeRecordIn(
  transaction: Pick<StoreTransaction, "alerts" | "incidents" | "audit">,
  change: IncidentChange & { readonly batch?: string },
  edit: Edit,
): Promise<RecordChange> {
  const record = await recordToChange(transaction, change);
  if (record === undefined) {
    return { kind: "no-incident" };
  }
  const edited = edit(record);
  if (edited === undefined) {
    return { kind: "same" };
  }
  const { action, before, after } = edited;
  const { batch } = change;
  await transaction.incidents.put(edited.record);
  await transaction.audit.append({
    at: change.at,
    actor: change.actor,
    action,
    subject: { kind: "incident", id: record.id },
    before,
    after: batch === undefined ? after : { ...after, batch },
  });
  return { kind: "changed", before: before ?? {}, after };
}

/** The same as one write, unless somebody made one of the changes that it concerns. */
async function changeRecord(
  store: Store,
  change: IncidentChange,
  concerns: readonly string[],
  edit: Edit,
): Promise<Result<undefined, RequestProblem>> {
  return store.write<Result<undefined, RequestProblem>>(async (transaction) => {
    const subject = await incidentSubject(transaction, change.key);
    const conflict = await conflictWith(transaction.audit, subject, change.expected, ({ action }) =>
      concerns.includes(action),
    );
    if (conflict !== undefined) {
      return fail(conflict);
    }
    const { kind } = await changeRecordIn(transaction, change, edit);
    return kind === "no-incident" ? fail(noIncident) : ok(undefined);
  });
}

export const assignedAction = "incident.assigned";
export const taggedAction = "incident.tagged";

/** Assigns an incident to somebody, or to nobody. */
export function assigned(assignee: string | undefined): Edit {
  return (record) =>
    record.assignee === assignee
      ? undefined
      : {
          action: assignedAction,
          record: { ...record, assignee },
          before: { assignee: record.assignee },
          after: { assignee },
        };
}

/** Adds and removes tags. */
export function tagged({ add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] }): Edit {
  return (record) => retagged([...record.tags.filter((tag) => !remove.includes(tag)), ...add])(record);
}

/** Replaces all tags. */
function retagged(tags: readonly string[]): Edit {
  const wanted = [...new Set(tags)].sort();
  return (record) =>
    JSON.stringify(record.tags) === JSON.stringify(wanted)
      ? undefined
      : {
          action: taggedAction,
          record: { ...record, tags: wanted },
          before: { tags: record.tags },
          after: { tags: wanted },
        };
}

/** Problems: `incident.not-found`, `incident.unknown-assignee`, `request.conflict`. */
export async function assignIncident(
  store: Store,
  change: IncidentChange,
  assignee: string | undefined,
): Promise<Result<undefined, RequestProblem>> {
  const unknown = await unknownAssignee(store, assignee);
  return unknown === undefined ? changeRecord(store, change, [assignedAction], assigned(assignee)) : fail(unknown);
}

/** The refusal to assign something to a person who cannot work on it. */
export async function unknownAssignee(
  store: Pick<Store, "people">,
  assignee: string | undefined,
): Promise<RequestProblem | undefined> {
  return assignee === undefined || (await assignableTo(store)).includes(assignee)
    ? undefined
    : {
        code: "incident.unknown-assignee",
        message: `Nobody with the name ${assignee} can sign in here.`,
        at: { field: "assignee" },
      };
}

/** Problems: `incident.not-found`, `request.conflict`. */
export function tagIncident(
  store: Store,
  change: IncidentChange,
  tags: readonly string[],
): Promise<Result<undefined, RequestProblem>> {
  return changeRecord(store, change, [taggedAction], retagged(tags));
}

/** Comments never conflict. Problems: `incident.not-found`. */
export async function commentOnIncident(
  store: Store,
  change: Omit<IncidentChange, "expected">,
  text: string,
): Promise<Result<undefined, RequestProblem>> {
  const names = await assignableTo(store);
  return changeRecord(store, change, [], (record) => {
    const comment: IncidentComment = {
      id: change.newId(),
      at: new Date(change.at).toISOString(),
      actor: change.actor.name,
      text,
      mentions: mentionsIn(text, names),
    };
    return {
      action: "incident.comment",
      record: { ...record, comments: [...record.comments, comment] },
      before: undefined,
      after: { comment: text },
    };
  });
}

/** The names after an `@`, the longest first where one begins like another. */
export function mentionsIn(text: string, names: readonly string[]): string[] {
  const folded = text.toLowerCase();
  const byLength = names.toSorted((a, b) => b.length - a.length);
  const found = new Set<string>();
  for (let at = folded.indexOf("@"); at !== -1; at = folded.indexOf("@", at + 1)) {
    const rest = folded.slice(at + 1);
    const name = byLength.find(
      (one) => rest.startsWith(one.toLowerCase()) && !/^[\p{L}\p{N}]/u.test(rest.slice(one.length)),
    );
    if (name !== undefined) {
      found.add(name);
    }
  }
  return names.filter((name) => found.has(name));
}

const PAGE = 500;

/** Names of everybody who may triage and is not disabled. */
export async function assignableTo({ people }: Pick<Store, "people">): Promise<readonly string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await people.people({ cursor, limit: PAGE });
    names.push(...page.items.filter((one) => !one.disabled && one.role !== "viewer").map((one) => one.name));
    cursor = page.next;
  } while (cursor !== undefined);
  return [...new Set(names)].sort();
}
