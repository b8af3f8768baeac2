import { assertNever } from "../lib/result.ts";
import { applyFacts } from "../lineage/apply-events.ts";
import type { StartFact } from "../lineage/facts.ts";
import type { EventFact } from "../lineage/group-facts.ts";
import { entityStart } from "../lineage/keys.ts";
import { type ProcessRow, positionOf } from "../lineage/process-row.ts";
import type { LineageTables } from "../lineage/tables.ts";
import type { Store } from "../store/port.ts";

/**
 * How well parents are found without entity ids. The graph with the ids is the truth; the same facts without them are resolved
 * anew, by pid and time. Counted are processes whose parent the truth knows by its id.
 */
export interface Accuracy {
  readonly asked: number;
  /** The very process, or "no start of it was recorded" where that is so. */
  readonly right: number;
  /** Another process than the true one was shown as the parent, without a doubt being told. */
  readonly wrong: number;
  /** Of these, shown as `exact`. */
  readonly wrongExact: number;
  /** Its parent's start was recorded, but could not be found: told as a placeholder. */
  readonly unknown: number;
  /** Told as ambiguous. */
  readonly ambiguous: number;
  /** Of these, with the true one first, and with it anywhere among the candidates. */
  readonly ambiguousFirst: number;
  readonly ambiguousAmong: number;
  readonly examples: readonly Example[];
}

/** One that went wrong, to be looked at. */
export interface Example {
  readonly outcome: "wrong" | "unknown" | "ambiguous";
  readonly child: string;
  readonly shown: string;
  readonly truth: string;
}

export type Mode = "without-ids" | "security-alone";

/** What each mode leaves of the facts. Activity is told by entity id alone, so nothing of it is left. */
export function hidden(told: readonly EventFact[], mode: Mode): readonly EventFact[] {
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
        return [{ eventId, fact }];
      case "activity":
        return [];
      default:
        return assertNever(fact);
    }
  };
  return told.flatMap(rest);
}

/** What the graph with entity ids says of the parent of each started process: by the events that told of its start. */
export interface Truth {
  /** Start event of the child to the start events of its parent; none where the parent's start was not recorded. */
  readonly parents: ReadonlyMap<string, ReadonlySet<string>>;
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * Sysmon at times names a parent by another id than it wrote at the parent's own start, with the same pid, image and second
 * (aptsimulator has six of them). Such an id is that of the start.
 */
function startsByPlace(rows: readonly Shown[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    [
      ...Map.groupBy(
        rows.filter(({ starts }) => starts.length > 0),
        ({ row }) => placeOf(row),
      ),
    ].map(
      ([place, found]) =>
        [place, new Set(found.flatMap(({ starts }) => starts.map(({ source }) => source.eventId)))] as const,
    ),
  );
}

function placeOf(row: ProcessRow): string {
  const { pid, name } = positionOf(row);
  const second = row.entityId === undefined ? undefined : entityStart(row.entityId);
  return second === undefined ? row.key : `${row.host}\u0000${pid}\u0000${name}\u0000${second}`;
}

/** Facts are absorbed so many at a time, as an ingest would. */
const BATCH = 8_000;

export async function truthOf(store: Store, told: readonly EventFact[]): Promise<Truth> {
  const keys = await absorbAll(store, told);
  return store.write(async ({ lineage }) => {
    const rows = await shownRows(lineage, keys);
    const known = [...rows.values()].filter(({ row }) => row.parent?.basis === "entity");
    const parents = await shownRows(
      lineage,
      known.flatMap(({ row }) => row.parent?.key ?? []),
    );
    const started = startsByPlace([...rows.values()]);
    return {
      parents: new Map(
        known.flatMap(({ row, starts }) => {
          const parent = parents.get(row.parent?.key ?? "");
          const events =
            parent === undefined || parent.starts.length > 0
              ? new Set((parent?.starts ?? []).map(({ source }) => source.eventId))
              : (started.get(placeOf(parent.row)) ?? new Set<string>());
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

/** Resolves the facts that a mode leaves and holds the parents against the truth. */
export async function measure(
  store: Store,
  truth: Truth,
  told: readonly EventFact[],
  examples: number,
): Promise<Accuracy> {
  const present = new Set(told.map(({ eventId }) => eventId));
  const keys = await absorbAll(store, told);
  return store.write(async ({ lineage }) => {
    const rows = await shownRows(lineage, keys);
    const parents = await shownRows(
      lineage,
      [...rows.values()]
        .flatMap(({ row }) => [row.parent?.key, ...(row.parent?.candidates ?? [])])
        .filter((key) => key !== undefined),
    );
    const tally = {
      asked: 0,
      right: 0,
      wrong: 0,
      wrongExact: 0,
      unknown: 0,
      ambiguous: 0,
      ambiguousFirst: 0,
      ambiguousAmong: 0,
    };
    const found: Example[] = [];
    for (const { row, starts } of new Map([...rows.values()].map((one) => [one.row.key, one])).values()) {
      const own = starts.find(({ source }) => truth.parents.has(source.eventId));
      const events = truth.parents.get(own?.source.eventId ?? "");
      if (own === undefined || events === undefined) {
        continue;
      }
      const recorded = [...events].filter((eventId) => present.has(eventId));
      const isTrue = (key: string | undefined) =>
        (parents.get(key ?? "")?.starts ?? []).some(({ source }) => recorded.includes(source.eventId));
      tally.asked += 1;
      const outcome = outcomeOf(row, recorded.length > 0, isTrue);
      tally[outcome] += 1;
      if (outcome === "wrong" && row.parent?.basis === "entity") {
        tally.wrongExact += 1;
      }
      if (outcome === "ambiguous") {
        tally.ambiguousFirst += isTrue(row.parent?.key) ? 1 : 0;
        tally.ambiguousAmong += row.parent?.candidates?.some(isTrue) === true ? 1 : 0;
      }
      if (outcome !== "right" && found.length < examples * 20) {
        const shown = parents.get(row.parent?.key ?? "")?.starts[0];
        found.push({
          outcome,
          child: label(own),
          shown: shown === undefined ? "no recorded process" : label(shown),
          truth: recorded.map((eventId) => truth.labels.get(eventId) ?? eventId).join(", ") || "no recorded process",
        });
      }
    }
    return { ...tally, examples: worst(found, examples) };
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

function worst(found: readonly Example[], most: number): readonly Example[] {
  const rank = { wrong: 0, ambiguous: 1, unknown: 2 } as const;
  return found.toSorted((a, b) => rank[a.outcome] - rank[b.outcome]).slice(0, most);
}

export function added(all: readonly Accuracy[]): Omit<Accuracy, "examples"> {
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

async function absorbAll(store: Store, told: readonly EventFact[]): Promise<readonly string[]> {
  const keys = new Set<string>();
  for (let first = 0; first < told.length; first += BATCH) {
    const part = told.slice(first, first + BATCH);
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

/** Rows as they are shown, with the records of both logs, under the keys asked for. */
async function shownRows(tables: LineageTables, keys: readonly string[]): Promise<ReadonlyMap<string, Shown>> {
  const shown = new Map<string, Shown>();
  const distinct = [...new Set(keys)];
  for (let first = 0; first < distinct.length; first += BATCH) {
    const asked = await tables.rows(distinct.slice(first, first + BATCH));
    const others = await tables.rows(
      [...asked.values()].flatMap((row) => [row.mergedInto, row.duplicate].filter((key) => key !== undefined)),
    );
    const get = (key: string | undefined) => (key === undefined ? undefined : (asked.get(key) ?? others.get(key)));
    const more = await tables.rows([...others.values()].flatMap(({ duplicate }) => duplicate ?? []));
    for (const [key, row] of asked) {
      const own = get(row.mergedInto) ?? row;
      const twin = get(own.duplicate) ?? (own.duplicate === undefined ? undefined : more.get(own.duplicate));
      shown.set(key, { row: own, starts: [...own.facts.starts, ...(twin?.facts.starts ?? [])] });
    }
  }
  return shown;
}

function label(start: StartFact): string {
  const { executable = "?", pid, time, side, source } = start;
  return `${executable.slice(executable.lastIndexOf("\\") + 1)} ${pid ?? "?"} ${new Date(time).toISOString()} (${side}, record ${source.recordId ?? source.eventId})`;
}
