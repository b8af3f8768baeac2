import { accountLabel } from "../../../alert/account-label.ts";
import { userKeyOf } from "../../../lineage/account.ts";
import { type Derived, derivedOf } from "../../../lineage/derived.ts";
import { type MergedProcess, mergeProcessRecords, observed } from "../../../lineage/merge-process-records.ts";
import type { ParentLink, ProcessRow } from "../../../lineage/process-row.ts";
import type { LineageCounts } from "../../lineage/counts.ts";
import { writeBody } from "../../lineage/process-body.ts";
import type { Parameter, Writes } from "../connection.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import type { StoredRow } from "./rows.ts";
import type { UserKeeper } from "./users.ts";

/** What the tables of a transaction know already. */
export interface Known {
  /** Every row that is saved, and its twin: as stored, `undefined` where there is none. */
  readonly seen: Map<string, StoredRow | undefined>;
  readonly counts: LineageCounts;
  readonly users: UserKeeper;
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
const showProcesses = "UNWIND $keys AS key MATCH (p:Identity {key: key}) SET p:Process REMOVE p:Twin";
const hideTwins = "UNWIND $keys AS key MATCH (p:Identity {key: key}) SET p:Twin REMOVE p:Process";
const leave = {
  parent: "UNWIND $keys AS key MATCH (:Identity {key: key})<-[edge:SPAWNED]-() DELETE edge",
  session: "UNWIND $keys AS key MATCH (:Identity {key: key})-[seat:IN]->() DELETE seat",
  process: "UNWIND $keys AS key MATCH (:Identity {key: key})-[join:JOINED_TO]->() DELETE join",
};
const spawn = `
  UNWIND $edges AS edge
  MATCH (p:Identity {key: edge.child}), (q:Identity {key: edge.parent})
  CREATE (q)-[:SPAWNED {
    basis: edge.basis, candidates: edge.candidates, chosenBy: edge.chosenBy,
    certainty: CASE WHEN edge.basis <> 'entity' THEN edge.certainty WHEN q.observed THEN 'exact' ELSE 'declared' END
  }]->(p)`;
const enterSessions = `
  UNWIND $seats AS seat
  MATCH (p:Identity {key: seat.process}), (s:Session {key: seat.session})
  CREATE (p)-[:IN]->(s)`;
const joinTwins = `
  UNWIND $joins AS join
  MATCH (t:Identity {key: join.twin}), (p:Identity {key: join.process})
  CREATE (t)-[:JOINED_TO]->(p)`;
const markObserved = `
  UNWIND $parents AS parent
  MATCH (:Identity {key: parent.key})-[edge:SPAWNED {basis: 'entity'}]->()
  SET edge.certainty = CASE WHEN parent.observed THEN 'exact' ELSE 'declared' END`;

interface Change {
  readonly before: StoredRow | undefined;
  readonly after: ProcessRow;
  readonly derived: Derived;
  readonly twin: ProcessRow | undefined;
  readonly userKey: string | undefined;
}

/**
 * Writes rows whole: nodes first, then what hangs on them, then the certainty of edges whose parent became known. Nothing is
 * waited for; relationships are touched only where they change.
 */
export async function saveRows(writes: Writes, rows: readonly ProcessRow[], known: Known): Promise<void> {
  const changes = changesOf(rows, known);
  await known.users.keep(changes.flatMap(({ derived }) => derived.user ?? []));
  for (const { before, after, derived, userKey } of changes) {
    const { started, sessionKey, parentKey, childGroup } = derived;
    known.counts.move(before === undefined ? undefined : countedOf(before), {
      started,
      host: after.host,
      userKey,
      sessionKey,
      parentKey,
      cluster: childGroup,
    });
    known.seen.set(after.key, { row: after, started, userKey, cluster: childGroup });
  }

  const created = changes.filter(({ before }) => before === undefined);
  const updated = changes.filter(({ before }) => before !== undefined);
  const shown = changes.filter(({ before, after }) => isMoved(before, after, (row) => row.mergedInto));
  const parents = changes.filter(({ before, after }) => isMoved(before, after, linkText));
  const seats = changes.filter(({ before, after }) => isMoved(before, after, (row) => row.sessionKey));
  const left = (moved: readonly Change[], of: (row: ProcessRow) => unknown) =>
    moved.filter(({ before }) => before !== undefined && of(before.row) !== undefined).map(({ after }) => after.key);
  const keys = (some: readonly Change[]) => some.map(({ after }) => after.key);

  sendAll(writes, [
    [createNodes, "hosts", byHost(created)],
    [updateNodes, "rows", updated.map(nodeOf)],
    [hideTwins, "keys", keys(shown.filter(({ derived }) => !derived.shown))],
    [showProcesses, "keys", keys(shown.filter(({ derived }) => derived.shown))],
    [leave.parent, "keys", left(parents, (row) => row.parent)],
    [leave.session, "keys", left(seats, (row) => row.sessionKey)],
    [leave.process, "keys", left(shown, (row) => row.mergedInto)],
    [spawn, "edges", parents.flatMap(({ after }) => edgeOf(after))],
    [
      enterSessions,
      "seats",
      seats.flatMap(({ after, derived }) =>
        derived.sessionKey === undefined ? [] : [{ process: after.key, session: derived.sessionKey }],
      ),
    ],
    [
      joinTwins,
      "joins",
      shown.flatMap(({ after }) =>
        after.mergedInto === undefined ? [] : [{ twin: after.key, process: after.mergedInto }],
      ),
    ],
    [
      markObserved,
      "parents",
      updated
        .filter(({ before, after }) => before !== undefined && observed(before.row) !== observed(after))
        .map(({ after }) => ({ key: after.key, observed: observed(after) })),
    ],
  ]);
}

type Work = readonly [cypher: string, parameter: string, list: readonly Parameter[]];

/** Sends what has anything to do, in order. */
export function sendAll(writes: Writes, work: readonly Work[]): void {
  for (const [cypher, name, list] of work) {
    if (list.length > 0) {
      writes.later(cypher, { [name]: list });
    }
  }
}

/** The last of several changes of one row counts, as if they were saved one after the other. */
function changesOf(rows: readonly ProcessRow[], { seen }: Known): readonly Change[] {
  const fresh = new Map(rows.map((row) => [row.key, row]));
  return [...fresh.values()].map((row) => {
    const twin = row.duplicate === undefined ? undefined : (fresh.get(row.duplicate) ?? seen.get(row.duplicate)?.row);
    const derived = derivedOf(row, twin);
    return {
      before: seen.get(row.key),
      after: { ...row, sessionKey: derived.sessionKey },
      derived,
      twin,
      userKey: derived.user === undefined ? undefined : indexed(userKeyOf(derived.user)),
    };
  });
}

function countedOf({ row, started, userKey, cluster }: StoredRow) {
  return { started, host: row.host, userKey, sessionKey: row.sessionKey, parentKey: row.parent?.key, cluster };
}

function isMoved(
  before: StoredRow | undefined,
  after: ProcessRow,
  what: (row: ProcessRow) => string | undefined,
): boolean {
  return (before === undefined ? undefined : what(before.row)) !== what(after);
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

/** Properties that people read come from the fold; those that look-ups and counts go by are the row's own. */
function nodeOf({ after, derived, twin, userKey }: Change) {
  const known = mergeProcessRecords(after, twin);
  const host = indexed(after.host);
  return {
    start: known.start,
    end: known.end,
    properties: {
      key: after.key,
      host,
      ...readable(known),
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

function readable(known: MergedProcess) {
  const { name, pid, executable, commandLine, entityId, user, integrityLevel, placeholder, exitCode } = known;
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
