import { entityKey } from "../keys.ts";
import { hasCompleteStart, type ProcessFacts, recordedNames } from "../process-facts.ts";
import type { ProcessRow } from "../process-row.ts";
import type { LineageTables } from "../tables.ts";
import type { DecidedHosts } from "./decide-hosts.ts";
import { type EvidenceRecord, type HostEvidence, machineOf } from "./evidence.ts";
import { namesOfOneProcess } from "./mentions.ts";

/** What the entity ids of a batch say about hosts. */
export interface EntityNews {
  /** Beginnings of entity ids that are new under a name. */
  readonly machines: readonly HostEvidence[];
  /** Pairs of names under which one process was recorded. */
  readonly ties: readonly HostEvidence[];
}

/**
 * Looks for processes that were recorded under two names: names of one host, whose tie by its name may not last, and
 * names of hosts that share the beginning of their entity ids. `stored` are the rows before this batch.
 */
export async function sameEntities(
  tables: LineageTables,
  added: ReadonlyMap<string, ProcessRow>,
  stored: ReadonlyMap<string, ProcessRow>,
  decided: DecidedHosts,
): Promise<EntityNews> {
  const rows = [...added.values()].flatMap((row) => {
    const machine = row.entityId === undefined ? undefined : machineOf(row.entityId);
    return machine === undefined ? [] : [{ row, machine, before: stored.get(row.key) }];
  });
  const pairs = newPairs(decided.evidence);
  const namesOf = Map.groupBy(decided.names.keys(), (name) => decided.names.get(name) ?? name);
  for (const { row, before } of rows.filter(({ row: { host } }) => (namesOf.get(host)?.length ?? 1) > 1)) {
    for (const [one, other] of namesOfOneProcess(row, ...(before === undefined ? [] : [before]))) {
      pairs.add(one, other, row);
    }
  }
  const { machines, hostsOf } = await machinesOf(tables, rows, decided);
  const elsewhere = rows
    .filter(({ row, before }) => before === undefined || saysMore(row.facts, before.facts))
    .flatMap(({ row, machine }) =>
      [...(hostsOf.get(machine) ?? [])]
        .filter((host) => host !== row.host)
        .map((host) => ({ row, key: entityKey(host, row.entityId ?? "") })),
    );
  const found = await tables.rows(elsewhere.map(({ key }) => key));
  for (const { row, key } of elsewhere) {
    const others = [found.get(key), added.get(key)].filter((other) => other !== undefined);
    for (const [one, two] of namesOfOneProcess(row, ...others)) {
      pairs.add(one, two, row);
    }
  }
  return { machines, ties: pairs.all() };
}

/** Whether added facts can describe a process better; most are activity of one whose start is known. */
function saysMore({ starts, ends }: ProcessFacts, before: ProcessFacts): boolean {
  return starts.length > 0 || ends.length > 0 || !hasCompleteStart(before);
}

/** New beginnings of entity ids, and for each beginning the hosts that have it. */
async function machinesOf(
  tables: LineageTables,
  rows: readonly { readonly row: ProcessRow; readonly machine: string }[],
  { names, evidence }: DecidedHosts,
): Promise<{
  readonly machines: readonly HostEvidence[];
  readonly hostsOf: ReadonlyMap<string, ReadonlySet<string>>;
}> {
  const hostsOf = new Map<string, Set<string>>();
  const add = (machine: string, host: string) => {
    const hosts = hostsOf.get(machine) ?? new Set();
    hostsOf.set(machine, hosts.add(host));
  };
  const known = new Set<string>();
  for (const { name, value } of evidence.filter(({ kind }) => kind === "machine")) {
    known.add(JSON.stringify([name, value]));
    add(value, names.get(name) ?? name);
  }
  // By name, not by host: names of one host may be separated later.
  const machines = new Map<string, HostEvidence>();
  for (const { row, machine } of rows) {
    add(machine, row.host);
    for (const name of recordedNames(row)) {
      const key = JSON.stringify([name, machine]);
      if (!known.has(key)) {
        machines.set(key, { kind: "machine", name, value: machine });
      }
    }
  }
  if (machines.size > 0) {
    const others = await tables.hostsOfMachines([...new Set([...machines.values()].map(({ value }) => value))]);
    for (const { name, value } of others.evidence) {
      add(value, names.get(name) ?? others.names.get(name) ?? name);
    }
  }
  return { machines: [...machines.values()], hostsOf };
}

/** Collects pairs of names that are not known to be tied by a process. */
function newPairs(evidence: readonly HostEvidence[]) {
  const textOf = (name: string, value: string) => JSON.stringify([name, value]);
  const known = new Set(evidence.filter(({ kind }) => kind === "entity").map(({ name, value }) => textOf(name, value)));
  const found = new Map<string, HostEvidence>();
  return {
    add(one: string, other: string, row: ProcessRow) {
      const [name, value] = one < other ? [one, other] : [other, one];
      const pair = textOf(name, value);
      if (name !== value && !known.has(pair) && !found.has(pair)) {
        found.set(pair, { kind: "entity", name, value, entityId: row.entityId ?? "", seen: recordOf(row) });
      }
    },
    all: () => [...found.values()],
  };
}

function recordOf({ facts: { starts } }: ProcessRow): EvidenceRecord | undefined {
  const [record] = starts;
  return record && { eventId: record.source.eventId, time: record.time, recordId: record.source.recordId };
}
