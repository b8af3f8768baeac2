import { accountLabel } from "../../../alert/account-label.ts";
import { userKeyOf } from "../../../lineage/account.ts";
import { type Derived, derivedOf } from "../../../lineage/derived.ts";
import { type MergedProcess, mergeProcessRecords, observed } from "../../../lineage/merge-process-records.ts";
import type { ParentLink, ProcessRow } from "../../../lineage/process-row.ts";
import type { CountedProcess, LineageCounts } from "../../lineage/counts.ts";
import { writeBody } from "../../lineage/process-body.ts";
import type { Writes } from "../connection.ts";
import type { Parameter } from "../driver-value.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import type { AccountWriter } from "./accounts.ts";
import type { StoredRow } from "./rows.ts";

/** What a transaction has loaded and counted so far. */
export interface TransactionState {
  /** As stored, `undefined` for a row that does not exist. Has every row to save, and its duplicate. */
  readonly rows: Map<string, StoredRow | undefined>;
  readonly counts: LineageCounts;
  readonly accounts: AccountWriter;
  /** The number of sessions of each logon id that was read. */
  readonly sessionCounts: Map<string, number>;
  /** Keys of nodes that were deleted, perhaps with the relationships of former keys that lead to them. */
  readonly deleted: Set<string>;
}

const createNodes = `
  UNWIND $hosts AS host
  MERGE (h:Host {name: host.name})
  WITH h, host
  UNWIND host.rows AS row
  CREATE (p:Identity:Process)-[:ON]->(h)
  SET p = row.properties, p.start = datetime(row.start), p.end = datetime(row.end)`;
const updateNodes = `
  UNWIND $rows AS row
  MATCH (p:Identity {key: row.properties.key})
  SET p += row.properties, p.start = datetime(row.start), p.end = datetime(row.end)`;
/** Only a former key that is a key again can change its host. */
const moveToHosts = `
  UNWIND $rows AS row
  MATCH (p:Identity {key: row.key})
  OPTIONAL MATCH (p)-[old:ON]->()
  DELETE old
  WITH DISTINCT p, row
  MERGE (h:Host {name: row.host})
  CREATE (p)-[:ON]->(h)`;
const markAsProcesses = "UNWIND $keys AS key MATCH (p:Identity {key: key}) SET p:Process REMOVE p:Twin";
const markAsDuplicates = "UNWIND $keys AS key MATCH (p:Identity {key: key}) SET p:Twin REMOVE p:Process";
const detachFrom = {
  parent: "UNWIND $keys AS key MATCH (:Identity {key: key})<-[edge:SPAWNED]-() DELETE edge",
  session: "UNWIND $keys AS key MATCH (:Identity {key: key})-[edge:IN]->() DELETE edge",
  process: "UNWIND $keys AS key MATCH (:Identity {key: key})-[edge:JOINED_TO]->() DELETE edge",
};
const spawn = `
  UNWIND $edges AS edge
  MATCH (p:Identity {key: edge.child}), (q:Identity {key: edge.parent})
  CREATE (q)-[:SPAWNED {
    basis: edge.basis, candidates: edge.candidates, chosenBy: edge.chosenBy,
    certainty: CASE WHEN edge.basis <> 'entity' THEN edge.certainty WHEN q.observed THEN 'exact' ELSE 'declared' END
  }]->(p)`;
const attachToSessions = `
  UNWIND $edges AS edge
  MATCH (p:Identity {key: edge.process}), (s:Session {key: edge.session})
  CREATE (p)-[:IN]->(s)`;
const attachToProcesses = `
  UNWIND $edges AS edge
  MATCH (t:Identity {key: edge.duplicate}), (p:Identity {key: edge.process})
  CREATE (t)-[:JOINED_TO]->(p)`;
const attachFormerKeys = `
  UNWIND $keys AS key
  MATCH (t:Twin {mergedInto: key}) WHERE NOT (t)-[:JOINED_TO]->()
  MATCH (p:Identity {key: key})
  CREATE (t)-[:JOINED_TO]->(p)`;
const saveProgramNames = "UNWIND $names AS name MERGE (:ProgramName {name: name})";
const updateCertainty = `
  UNWIND $parents AS parent
  MATCH (:Identity {key: parent.key})-[edge:SPAWNED {basis: 'entity'}]->()
  SET edge.certainty = CASE WHEN parent.observed THEN 'exact' ELSE 'declared' END`;

interface Change {
  readonly before: StoredRow | undefined;
  readonly after: ProcessRow;
  readonly derived: Derived;
  readonly duplicate: ProcessRow | undefined;
  readonly userKey: string | undefined;
}

/**
 * Writes whole rows: first the nodes, then their relationships, then the certainty of edges whose parent was observed
 * meanwhile. Nothing is awaited. Only relationships that change are touched.
 */
export async function saveRows(writes: Writes, rows: readonly ProcessRow[], state: TransactionState): Promise<void> {
  const changes = changesOf(rows, state);
  await state.accounts.save(changes.flatMap(({ derived }) => derived.user ?? []));
  for (const { before, after, derived, userKey } of changes) {
    const { started, sessionKey, parentKey, childGroup } = derived;
    state.counts.replaceProcess(before === undefined ? undefined : countedOf(before), {
      started,
      host: after.host,
      userKey,
      sessionKey,
      parentKey,
      childGroup,
    });
    state.rows.set(after.key, { row: after, started, userKey, childGroup });
  }

  const created = changes.filter(({ before }) => before === undefined);
  const updated = changes.filter(({ before }) => before !== undefined);
  const merged = changes.filter(({ before, after }) => hasChanged(before, after, (row) => row.mergedInto));
  const reparented = changes.filter(({ before, after }) => hasChanged(before, after, linkText));
  const reseated = changes.filter(({ before, after }) => hasChanged(before, after, (row) => row.sessionKey));
  /** Keys of the changes that had a value before. */
  const hadBefore = (changed: readonly Change[], select: (row: ProcessRow) => unknown) =>
    changed
      .filter(({ before }) => before !== undefined && select(before.row) !== undefined)
      .map(({ after }) => after.key);
  const keys = (some: readonly Change[]) => some.map(({ after }) => after.key);

  sendAll(writes, [
    [saveProgramNames, "names", programNamesOf(changes)],
    [createNodes, "hosts", byHost(created)],
    [updateNodes, "rows", updated.map(nodeOf)],
    [
      moveToHosts,
      "rows",
      updated
        .filter(({ before, after }) => before?.row.host !== after.host)
        .map(({ after }) => ({ key: after.key, host: indexed(after.host) })),
    ],
    [markAsDuplicates, "keys", keys(merged.filter(({ derived }) => !derived.shown))],
    [markAsProcesses, "keys", keys(merged.filter(({ derived }) => derived.shown))],
    [detachFrom.parent, "keys", hadBefore(reparented, (row) => row.parent)],
    [detachFrom.session, "keys", hadBefore(reseated, (row) => row.sessionKey)],
    [detachFrom.process, "keys", hadBefore(merged, (row) => row.mergedInto)],
    [spawn, "edges", reparented.flatMap(({ after }) => edgeOf(after))],
    [
      attachToSessions,
      "edges",
      reseated.flatMap(({ after, derived }) =>
        derived.sessionKey === undefined ? [] : [{ process: after.key, session: derived.sessionKey }],
      ),
    ],
    [
      attachToProcesses,
      "edges",
      merged.flatMap(({ after }) =>
        after.mergedInto === undefined ? [] : [{ duplicate: after.key, process: after.mergedInto }],
      ),
    ],
    [attachFormerKeys, "keys", keys(created.filter(({ after }) => state.deleted.has(after.key)))],
    [
      updateCertainty,
      "parents",
      updated
        .filter(({ before, after }) => before !== undefined && observed(before.row) !== observed(after))
        .map(({ after }) => ({ key: after.key, observed: observed(after) })),
    ],
  ]);
}

/** The names of started programs. */
function programNamesOf(changes: readonly Change[]): readonly string[] {
  const names = changes.flatMap(({ derived: { started, name } }) => (started && name !== undefined ? [name] : []));
  return [...new Set(names)].map(indexed);
}

type Statement = readonly [cypher: string, parameter: string, list: readonly Parameter[]];

/** Sends the statements that have any rows, in order. */
export function sendAll(writes: Writes, statements: readonly Statement[]): void {
  for (const [cypher, name, list] of statements) {
    if (list.length > 0) {
      writes.later(cypher, { [name]: list });
    }
  }
}

/** Of several versions of one row the last one counts, as if they were saved one after the other. */
function changesOf(rows: readonly ProcessRow[], { rows: stored }: TransactionState): readonly Change[] {
  const saved = new Map(rows.map((row) => [row.key, row]));
  return [...saved.values()].map((row) => {
    const duplicate =
      row.duplicate === undefined ? undefined : (saved.get(row.duplicate) ?? stored.get(row.duplicate)?.row);
    const derived = derivedOf(row, duplicate);
    return {
      before: stored.get(row.key),
      after: { ...row, sessionKey: derived.sessionKey },
      derived,
      duplicate,
      userKey: derived.user === undefined ? undefined : indexed(userKeyOf(derived.user)),
    };
  });
}

function countedOf({ row, started, userKey, childGroup }: StoredRow): CountedProcess {
  return { started, host: row.host, userKey, sessionKey: row.sessionKey, parentKey: row.parent?.key, childGroup };
}

function hasChanged(
  before: StoredRow | undefined,
  after: ProcessRow,
  select: (row: ProcessRow) => string | undefined,
): boolean {
  return (before === undefined ? undefined : select(before.row)) !== select(after);
}

function linkText({ parent }: ProcessRow): string | undefined {
  return parent === undefined ? undefined : JSON.stringify(parent);
}

const certainties = {
  "pid-time": "pid-time",
  ambiguous: "ambiguous",
  placeholder: "declared",
  entity: undefined,
} as const;

function edgeOf(row: ProcessRow): readonly Parameter[] {
  const link: ParentLink | undefined = row.parent;
  return link === undefined
    ? []
    : [
        {
          child: row.key,
          parent: link.key,
          basis: link.basis,
          certainty: certainties[link.basis],
          candidates: link.candidates,
          chosenBy: link.chosen?.by,
        },
      ];
}

function byHost(created: readonly Change[]) {
  const groups = Map.groupBy(created, ({ after }) => indexed(after.host));
  return [...groups].map(([name, changes]) => ({ name, rows: changes.map(nodeOf) }));
}

/** Properties for people come from the merged process; those for lookups and counts are the row's own. */
function nodeOf({ after, derived, duplicate, userKey }: Change) {
  const merged = mergeProcessRecords(after, duplicate);
  const host = indexed(after.host);
  return {
    start: merged.start,
    end: merged.end,
    properties: {
      key: after.key,
      host,
      ...readable(merged),
      at: derived.at,
      ownPid: derived.pid,
      ownName: indexedIfAny(derived.name),
      lostName: derived.pid === undefined ? indexedIfAny(derived.name) : undefined,
      started: derived.started,
      observed: derived.observed,
      unused: derived.unused,
      userKey,
      sessionKey: derived.sessionKey,
      parentKey: derived.parentKey,
      cluster: derived.childGroup,
      creatorPid: after.creatorPid,
      twin: after.duplicate,
      mergedInto: after.mergedInto,
      fullHost: host === after.host ? undefined : after.host,
      hash: indexedIfAny(derived.hash),
      body: writeBody(after),
    },
  };
}

function readable(process: MergedProcess) {
  const { name, pid, executable, commandLine, entityId, user, integrityLevel, placeholder, exitCode } = process;
  return {
    name: indexedIfAny(name?.toLowerCase()),
    pid,
    executable,
    commandLine,
    entityId,
    user: user === undefined ? undefined : accountLabel(user),
    integrityLevel,
    exitCode,
    placeholder,
  };
}
