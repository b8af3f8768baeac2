import { assertNever } from "../lib/result.ts";
import { applyFacts } from "../lineage/apply-events.ts";
import type { EventFact, StartFact } from "../lineage/facts.ts";
import { entityStart } from "../lineage/keys.ts";
import { type ProcessRow, positionOf } from "../lineage/process-row.ts";
import type { LineageTables } from "../lineage/tables.ts";
import type { Store } from "../store/port.ts";

/**
 * How often parents are found correctly without entity ids. The graph with the ids is the truth; the same facts without
 * them are resolved again by pid and time. Only processes with a parent known by its id are counted.
 */
export interface Accuracy {
  readonly asked: number;
  /** The correct process, or correctly none because its start was not recorded. */
  readonly right: number;
  /** A wrong process, shown without any doubt. */
  readonly wrong: number;
  /** Wrong ones shown as `exact`. */
  readonly wrongExact: number;
  /** Not found although the start of the parent was recorded: shown as a placeholder. */
  readonly unknown: number;
  /** Shown as ambiguous. */
  readonly ambiguous: number;
  /** Ambiguous ones with the true parent first, and with it among the candidates. */
  readonly ambiguousFirst: number;
  readonly ambiguousAmong: number;
  readonly examples: readonly Example[];
}

/** A process whose parent was not found correctly. */
export interface Example {
  readonly outcome: "wrong" | "unknown" | "ambiguous";
  readonly child: string;
  readonly shown: string;
  readonly truth: string;
}

export type Mode = "without-ids" | "security-alone";

/** The facts that remain in a mode. Activity is recorded by entity id only, so none of it remains. */
export function hideEntityIds(facts: readonly EventFact[], mode: Mode): readonly EventFact[] {
  const rest = ({ eventId, fact }: EventFact): readonly EventFact[] => {
    switch (fact.kind) {
      case "start":
        return mode === "security-alone" && fact.side === "agent"
          ? []
          : [{ eventId, fact: { ...fact, entityId: undefined, parentEntityId: undefined } }];
      case "end":
        return fact.pid === undefined || (mode === "security-alone" && fact.side === "agent")
          ? []
          : [{ eventId, fact: { ...fact, entityId: undefined } }];
      case "logon":
      case "failed-logon":
        return [{ eventId, fact }];
      case "activity":
        return [];
      default:
        return assertNever(fact);
    }
  };
  return facts.flatMap(rest);
}

/** The parents by entity id. Processes are identified by the events of their start. */
export interface Truth {
  /** From the start event of a child to those of its parent; empty when the start of the parent was not recorded. */
  readonly parents: ReadonlyMap<string, ReadonlySet<string>>;
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * Sysmon sometimes identifies a parent by another id than at the parent's own start, with the same pid, image and
 * second (six times in aptsimulator). Both ids mean the same process.
 */
function startsByIdentity(rows: readonly Shown[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    [
      ...Map.groupBy(
        rows.filter(({ starts }) => starts.length > 0),
        ({ row }) => identityOf(row),
      ),
    ].map(
      ([identity, found]) =>
        [identity, new Set(found.flatMap(({ starts }) => starts.map(({ source }) => source.eventId)))] as const,
    ),
  );
}

function identityOf(row: ProcessRow): string {
  const { pid, name } = positionOf(row);
  const second = row.entityId === undefined ? undefined : entityStart(row.entityId);
  return second === undefined ? row.key : `${row.host}\u0000${pid}\u0000${name}\u0000${second}`;
}

/** Facts applied at a time, as in an ingest. */
const BATCH = 8_000;

export async function truthOf(store: Store, facts: readonly EventFact[]): Promise<Truth> {
  const keys = await applyAll(store, facts);
  return store.write(async ({ lineage }) => {
    const rows = await shownRows(lineage, keys);
    const known = [...rows.values()].filter(({ row }) => row.parent?.basis === "entity");
    const parents = await shownRows(
      lineage,
      known.flatMap(({ row }) => row.parent?.key ?? []),
    );
    const started = startsByIdentity([...rows.values()]);
    return {
      parents: new Map(
        known.flatMap(({ row, starts }) => {
          const parent = parents.get(row.parent?.key ?? "");
          const events =
            parent === undefined || parent.starts.length > 0
              ? new Set((parent?.starts ?? []).map(({ source }) => source.eventId))
              : (started.get(identityOf(parent.row)) ?? new Set<string>());
          return starts.map(({ source }) => [source.eventId, events] as const);
        }),
      ),
      labels: new Map(
        [...rows.values()].flatMap(({ starts }) =>
          starts.map((start) => [start.source.eventId, label(start)] as const),
        ),
      ),
    };
  });
}

/** Resolves the facts of a mode and compares the parents with the truth. */
export async function measure(
  store: Store,
  truth: Truth,
  facts: readonly EventFact[],
  examples: number,
): Promise<Accuracy> {
  const present = new Set(facts.map(({ eventId }) => eventId));
  const keys = await applyAll(store, facts);
  return store.write(async ({ lineage }) => {
    const rows = await shownRows(lineage, keys);
    const parents = await shownRows(
      lineage,
      [...rows.values()]
        .flatMap(({ row }) => [row.parent?.key, ...(row.parent?.candidates ?? [])])
        .filter((key) => key !== undefined),
    );
    const counts = {
      asked: 0,
      right: 0,
      wrong: 0,
      wrongExact: 0,
      unknown: 0,
      ambiguous: 0,
      ambiguousFirst: 0,
      ambiguousAmong: 0,
    };
    const examplesFound: Example[] = [];
    for (const { row, starts } of new Map([...rows.values()].map((one) => [one.row.key, one])).values()) {
      const own = starts.find(({ source }) => truth.parents.has(source.eventId));
      const events = truth.parents.get(own?.source.eventId ?? "");
      if (own === undefined || events === undefined) {
        continue;
      }
      const recorded = [...events].filter((eventId) => present.has(eventId));
      const isTrue = (key: string | undefined) =>
        (parents.get(key ?? "")?.starts ?? []).some(({ source }) => recorded.includes(source.eventId));
      counts.asked += 1;
      const outcome = outcomeOf(row, recorded.length > 0, isTrue);
      counts[outcome] += 1;
      if (outcome === "wrong" && row.parent?.basis === "entity") {
        counts.wrongExact += 1;
      }
      if (outcome === "ambiguous") {
        counts.ambiguousFirst += isTrue(row.parent?.key) ? 1 : 0;
        counts.ambiguousAmong += row.parent?.candidates?.some(isTrue) === true ? 1 : 0;
      }
      if (outcome !== "right" && examplesFound.length < examples * 20) {
        const shown = parents.get(row.parent?.key ?? "")?.starts[0];
        examplesFound.push({
          outcome,
          child: label(own),
          shown: shown === undefined ? "no recorded process" : label(shown),
          truth: recorded.map((eventId) => truth.labels.get(eventId) ?? eventId).join(", ") || "no recorded process",
        });
      }
    }
    return { ...counts, examples: worst(examplesFound, examples) };
  });
}

function outcomeOf(
  row: ProcessRow,
  recorded: boolean,
  isTrue: (key: string | undefined) => boolean,
): "right" | "wrong" | "unknown" | "ambiguous" {
  switch (row.parent?.basis) {
    case undefined:
    case "placeholder":
      return recorded ? "unknown" : "right";
    case "ambiguous":
      return "ambiguous";
    case "pid-time":
    case "entity":
      return isTrue(row.parent.key) ? "right" : "wrong";
  }
}

/** The most serious examples first. */
function worst(found: readonly Example[], limit: number): readonly Example[] {
  const rank = { wrong: 0, ambiguous: 1, unknown: 2 } as const;
  return found.toSorted((a, b) => rank[a.outcome] - rank[b.outcome]).slice(0, limit);
}

export function sumOf(all: readonly Accuracy[]): Omit<Accuracy, "examples"> {
  const sum = (of: (one: Accuracy) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    asked: sum(({ asked }) => asked),
    right: sum(({ right }) => right),
    wrong: sum(({ wrong }) => wrong),
    wrongExact: sum(({ wrongExact }) => wrongExact),
    unknown: sum(({ unknown }) => unknown),
    ambiguous: sum(({ ambiguous }) => ambiguous),
    ambiguousFirst: sum(({ ambiguousFirst }) => ambiguousFirst),
    ambiguousAmong: sum(({ ambiguousAmong }) => ambiguousAmong),
  };
}

async function applyAll(store: Store, facts: readonly EventFact[]): Promise<readonly string[]> {
  const keys = new Set<string>();
  for (let first = 0; first < facts.length; first += BATCH) {
    const part = facts.slice(first, first + BATCH);
    const { processOf } = await store.write(({ lineage }) => applyFacts(lineage, part));
    for (const key of processOf.values()) {
      keys.add(key);
    }
  }
  return [...keys];
}

interface Shown {
  readonly row: ProcessRow;
  readonly starts: readonly StartFact[];
}

/** The rows as shown, with the records of both logs, by the requested keys. */
async function shownRows(tables: LineageTables, keys: readonly string[]): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  const distinct = [...new Set(keys)];
  for (let first = 0; first < distinct.length; first += BATCH) {
    const requested = await tables.rows(distinct.slice(first, first + BATCH));
    const others = await tables.rows(
      [...requested.values()].flatMap((row) => [row.mergedInto, row.duplicate].filter((key) => key !== undefined)),
    );
    const get = (key: string | undefined) => (key === undefined ? undefined : (requested.get(key) ?? others.get(key)));
    const more = await tables.rows([...others.values()].flatMap(({ duplicate }) => duplicate ?? []));
    for (const [key, row] of requested) {
      const own = get(row.mergedInto) ?? row;
      const duplicate = get(own.duplicate) ?? (own.duplicate === undefined ? undefined : more.get(own.duplicate));
      shown.set(key, { row: own, starts: [...own.facts.starts, ...(duplicate?.facts.starts ?? [])] });
    }
  }
  return shown;
}

function label(start: StartFact): string {
  const { executable = "?", pid, time, side, source } = start;
  return `${executable.slice(executable.lastIndexOf("\\") + 1)} ${pid ?? "?"} ${new Date(time).toISOString()} (${side}, record ${source.recordId ?? source.eventId})`;
}
