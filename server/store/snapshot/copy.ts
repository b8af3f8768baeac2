import { z } from "zod";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { NO_FACTS, type ProcessRow } from "../../lineage/process-row.ts";
import type { LineageTables } from "../../lineage/tables.ts";
import { Digest } from "../events/digest.ts";
import { packEvents } from "../events/packed-events.ts";
import type { Store, StoreTransaction } from "../port.ts";
import type { SectionSource } from "./port.ts";
import { type SectionName, type SnapshotSections, sectionNames } from "./sections.ts";

/** What a part holds on both sides after a copy. */
export interface CopiedSection {
  readonly part: SectionName;
  readonly count: number;
  /** See `Digest`. */
  readonly hash: string;
}

export interface CopyProgress {
  readonly phase: "copying" | "verifying";
  readonly part: SectionName;
  readonly done: number;
  readonly total: number;
}

/** The setting of an unfinished copy's target that says how far it came: written with the values themselves. */
const STATE = "copy";

const copyState = z.object({
  /** How many values each part of the source had: another source, or one that changed, is not gone on with. */
  counts: z.record(z.string(), z.number()),
  part: z.enum(sectionNames),
  cursor: z.string().optional(),
});
type CopyState = Readonly<z.infer<typeof copyState>>;

/**
 * Moves everything that one store keeps into an empty one, page by page, each in a write of its own that also notes how far it
 * came: killed at any moment, the same call goes on where it stopped. Then both are read again and compared part by part.
 * Problems: `store.not-empty`, `copy.other-source`, `copy.differs`; `copy.stopped` when `signal` is aborted.
 */
export async function copyStore(
  from: Store,
  to: Store,
  options: { readonly onProgress: (progress: CopyProgress) => void; readonly signal?: AbortSignal },
): Promise<Result<readonly CopiedSection[], Problem>> {
  const counts = await countsOf(from);
  const begun = await beginning(to, counts);
  if (!begun.ok) {
    return begun;
  }
  let { part, cursor } = begun.value;
  for (const next of sectionNames.slice(sectionNames.indexOf(part))) {
    if (next !== part) {
      [part, cursor] = [next, undefined];
    }
    const finished = await copyPart(next, from, to, { counts, part, cursor }, options);
    if (!finished) {
      return fail(stopped);
    }
  }
  return compare(from, to, counts, options);
}

const stopped: Problem = {
  code: "copy.stopped",
  message: "the copy was stopped before it was complete",
  remedy: "Run the same command again: it goes on where it stopped.",
};

/** How many values of each part a store keeps. */
export async function countsOf(store: Store): Promise<Readonly<Record<SectionName, number>>> {
  const counted: [SectionName, number][] = [];
  for (const part of sectionNames) {
    const unfinished = part === "settings" && (await store.settings.get(STATE)) !== undefined ? 1 : 0;
    counted.push([part, (await store.snapshot[part].count()) - unfinished]);
  }
  return Object.fromEntries(counted) as Record<SectionName, number>;
}

/** Where to begin: at the first part of an empty store, or where an unfinished copy of this very source stopped. */
async function beginning(
  to: Store,
  counts: Readonly<Record<SectionName, number>>,
): Promise<Result<Pick<CopyState, "part" | "cursor">, Problem>> {
  const stored = await to.settings.get(STATE);
  if (stored !== undefined) {
    const state = copyState.safeParse(stored);
    return state.success && sectionNames.every((part) => state.data.counts[part] === counts[part])
      ? ok(state.data)
      : fail({
          code: "copy.other-source",
          message: "the target holds an unfinished copy of another store, or of another state of this one",
          remedy: "Empty it, or name another target.",
        });
  }
  const there = await countsOf(to);
  const full = sectionNames.filter((part) => there[part] > 0);
  return full.length === 0
    ? ok({ part: sectionNames[0] })
    : fail({
        code: "store.not-empty",
        message: `the target is not empty: it holds ${full.map((part) => `${there[part]} ${wordsOf(part)}`).join(", ")}`,
        remedy: "Copy into a new file or an empty database: two stores cannot be merged.",
      });
}

/** `exceptionHits` → `exception hits`. */
export function wordsOf(part: SectionName): string {
  return part.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** False when it was stopped. */
async function copyPart(
  part: SectionName,
  from: Store,
  to: Store,
  state: CopyState,
  options: { readonly onProgress: (progress: CopyProgress) => void; readonly signal?: AbortSignal },
): Promise<boolean> {
  const total = state.counts[part] ?? 0;
  let done = 0;
  for (let { cursor } = state; ; ) {
    if (options.signal?.aborted === true) {
      return false;
    }
    const page = await readPage(from, part, cursor);
    const { next } = page;
    const following = sectionNames[sectionNames.indexOf(part) + 1];
    await to.write(async (transaction) => {
      await page.take(transaction);
      const goOn = next === undefined ? { part: following, cursor: undefined } : { part, cursor: next };
      await transaction.settings.put(STATE, goOn.part === undefined ? undefined : { counts: state.counts, ...goOn });
    });
    done += page.size;
    options.onProgress({ phase: "copying", part, done, total });
    if (next === undefined) {
      return true;
    }
    cursor = next;
  }
}

interface ReadPage {
  readonly size: number;
  readonly next: string | undefined;
  take(transaction: StoreTransaction): Promise<void>;
}

async function readPage<P extends SectionName>(from: Store, part: P, cursor: string | undefined): Promise<ReadPage> {
  const source: SectionSource<SnapshotSections[P]> = from.snapshot[part];
  const { items, next } = await source.page(cursor);
  const own = items.filter((item) => !isState(part, item));
  return { size: own.length, next, take: (transaction) => takers[part](transaction, own) };
}

function isState(part: SectionName, item: unknown): boolean {
  return part === "settings" && typeof item === "object" && item !== null && "key" in item && item.key === STATE;
}

type Takers = {
  readonly [P in SectionName]: (to: StoreTransaction, items: readonly SnapshotSections[P][]) => Promise<void>;
};

/** How a store takes the values of each part. */
const takers: Takers = {
  async events(to, items) {
    await to.events.append([packEvents(items)]);
  },
  accounts: (to, items) => to.restore.accounts(items),
  accountTies: (to, items) => to.lineage.saveAccountTies(items),
  addresses: (to, items) => to.lineage.saveAddresses(items),
  logons: (to, items) => to.lineage.saveLogons(items),
  sessions: (to, items) => to.lineage.replaceSessions(items),
  twins: (to, items) => takeRows(to.lineage, items, ({ mergedInto }) => mergedInto),
  processes: (to, items) => takeRows(to.lineage, items, ({ parent }) => parent?.key),
  async activity(to, items) {
    await to.lineage.addActivity(new Map(items.map(({ key, ...counts }) => [key, counts])));
  },
  exits: (to, items) => to.lineage.saveExits(items),
  alerts: (to, items) => each(items, (alert) => to.alerts.put(alert)),
  alertAliases: (to, items) => to.restore.alertAliases(items),
  answers: (to, items) => each(items, ({ alertId, answer }) => to.triage.putAnswer(alertId, answer)),
  checkedItems: (to, items) => each(items, ({ alertId, item }) => to.triage.setChecked(alertId, item, true)),
  transitions: (to, items) => each(items, (transition) => to.triage.addTransition(transition)),
  exceptions: (to, items) => each(items, (exception) => to.exceptions.put(exception)),
  exceptionHits: (to, items) => each(items, ({ exceptionId, ...hit }) => to.exceptions.addHit(exceptionId, hit)),
  async engineState(to, items) {
    for (const [scope, rows] of Map.groupBy(items, (row) => row.scope)) {
      await to.engineState.save(scope, rows);
    }
  },
  ingests: (to, items) => each(items, (summary) => to.ingests.put(summary)),
  ruleVersions: (to, items) => to.ruleVersions.put(items),
  settings: (to, items) => each(items, ({ key, value }) => to.settings.put(key, value)),
  audit: (to, items) => to.restore.audit(items),
};

async function each<T>(items: readonly T[], take: (item: T) => Promise<unknown>): Promise<void> {
  for (const item of items) {
    await take(item);
  }
}

/**
 * Saves rows that hang on others (a twin on its process, a process on its parent). Where that other one comes on a later page, an
 * empty row stands for it until then: counts and relationships of a row stay when it is saved again.
 */
async function takeRows(
  tables: LineageTables,
  rows: readonly ProcessRow[],
  other: (row: ProcessRow) => string | undefined,
): Promise<void> {
  const own = new Set(rows.map(({ key }) => key));
  const wanted = new Map(
    rows.flatMap((row): readonly (readonly [string, ProcessRow])[] => {
      const key = other(row);
      return key === undefined || own.has(key)
        ? []
        : [[key, { key, kind: "placeholder", host: row.host, facts: NO_FACTS }]];
    }),
  );
  const known = await tables.rows([...wanted.keys()]);
  await tables.saveRows([...[...wanted.values()].filter(({ key }) => !known.has(key)), ...rows]);
}

async function compare(
  from: Store,
  to: Store,
  counts: Readonly<Record<SectionName, number>>,
  options: { readonly onProgress: (progress: CopyProgress) => void; readonly signal?: AbortSignal },
): Promise<Result<readonly CopiedSection[], Problem>> {
  const copied: CopiedSection[] = [];
  const differing: string[] = [];
  for (const part of sectionNames) {
    const [source, target] = [new Digest(), new Digest()];
    for (const [store, digest] of [
      [from, source],
      [to, target],
    ] as const) {
      for await (const item of itemsOf(store, part)) {
        digest.add(item);
        if (digest.count % 1_000 === 0) {
          if (options.signal?.aborted === true) {
            return fail(stopped);
          }
          options.onProgress({ phase: "verifying", part, done: source.count + target.count, total: 2 * counts[part] });
        }
      }
    }
    copied.push({ part, count: target.count, hash: target.hash });
    if (source.hash !== target.hash || source.count !== target.count) {
      differing.push(`${wordsOf(part)} (${source.count} there, ${target.count} here)`);
    }
  }
  return differing.length === 0
    ? ok(copied)
    : fail({
        code: "copy.differs",
        message: `source and target differ in ${differing.join(", ")}`,
        remedy: "Stop whatever writes to either of them, empty the target and copy again.",
      });
}

async function* itemsOf(store: Store, part: SectionName): AsyncGenerator<unknown> {
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await store.snapshot[part].page(cursor);
    for (const item of items) {
      if (!isState(part, item)) {
        yield item;
      }
    }
    if (next === undefined) {
      return;
    }
    cursor = next;
  }
}
