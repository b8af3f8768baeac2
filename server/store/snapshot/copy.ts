import { z } from "zod";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store, StoreTransaction } from "../port.ts";
import { Digest } from "./digest.ts";
import { type SectionName, type SnapshotSections, sectionNames } from "./sections.ts";
import { writeSection } from "./write-section.ts";

/** What a section holds on both sides after a copy. */
export interface CopiedSection {
  readonly section: SectionName;
  readonly count: number;
  /** See `Digest`. */
  readonly hash: string;
}

export interface CopyProgress {
  readonly phase: "copying" | "verifying";
  readonly section: SectionName;
  readonly done: number;
  readonly total: number;
}

interface CopyOptions {
  readonly onProgress: (progress: CopyProgress) => void;
  readonly signal?: AbortSignal;
}

type SectionCounts = Readonly<Record<SectionName, number>>;

/** The setting in the target of an unfinished copy that records its progress, written together with the values. */
const PROGRESS = "copy";

/** Stored: do not rename its properties. */
const storedProgress = z.object({
  /** Values per section of the source: a copy does not continue from another source, or from one that has changed. */
  counts: z.record(z.string(), z.number()),
  /** The section to continue with. */
  part: z.enum(sectionNames),
  cursor: z.string().optional(),
});
type Progress = Readonly<z.infer<typeof storedProgress>>;

/**
 * Copies everything in one store into an empty one, page by page. Each page is one write that also records the
 * progress, so after being killed the same call continues where it stopped. Then both stores are read again and
 * compared section by section. Problems: `store.not-empty`, `copy.other-source`, `copy.differs`; `copy.stopped`
 * when `signal` is aborted. See docs/decisions/0020.
 */
export async function copyStore(
  from: Store,
  to: Store,
  options: CopyOptions,
): Promise<Result<readonly CopiedSection[], Problem>> {
  const counts = await countsOf(from);
  const start = await startOf(to, counts);
  if (!start.ok) {
    return start;
  }
  const { part: first, cursor } = start.value;
  for (const section of sectionNames.slice(sectionNames.indexOf(first))) {
    const completed = await copySection(section, section === first ? cursor : undefined, from, to, counts, options);
    if (!completed) {
      return fail(stopped);
    }
  }
  return compare(from, to, counts, options);
}

const stopped: Problem = {
  code: "copy.stopped",
  message: "the copy was stopped before it was complete",
  remedy: "Run the same command again: it continues where it stopped.",
};

/** The number of values in each section of a store. */
export async function countsOf(store: Store): Promise<SectionCounts> {
  const counts: [SectionName, number][] = [];
  for (const section of sectionNames) {
    const unfinished = section === "settings" && (await store.settings.get(PROGRESS)) !== undefined ? 1 : 0;
    counts.push([section, (await store.snapshot[section].count()) - unfinished]);
  }
  return Object.fromEntries(counts) as SectionCounts;
}

/** The first section of an empty store, or where an unfinished copy of the same source stopped. */
async function startOf(to: Store, counts: SectionCounts): Promise<Result<Pick<Progress, "part" | "cursor">, Problem>> {
  const stored = await to.settings.get(PROGRESS);
  if (stored !== undefined) {
    const progress = storedProgress.safeParse(stored);
    return progress.success && sectionNames.every((section) => progress.data.counts[section] === counts[section])
      ? ok(progress.data)
      : fail({
          code: "copy.other-source",
          message: "the target holds an unfinished copy of another store, or of this one before it changed",
          remedy: "Empty the target, or choose another one.",
        });
  }
  const existing = await countsOf(to);
  const filled = sectionNames.filter((section) => existing[section] > 0);
  const held = filled.map((section) => `${existing[section]} ${wordsOf(section)}`).join(", ");
  return filled.length === 0
    ? ok({ part: sectionNames[0] })
    : fail({
        code: "store.not-empty",
        message: `the target is not empty: it holds ${held}`,
        remedy: "Copy into a new file or an empty database: two stores cannot be merged.",
      });
}

/** `exceptionHits` → `exception hits`. */
export function wordsOf(section: SectionName): string {
  return section.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** False if it was stopped before the end of the section. */
async function copySection(
  section: SectionName,
  start: string | undefined,
  from: Store,
  to: Store,
  counts: SectionCounts,
  options: CopyOptions,
): Promise<boolean> {
  const following = sectionNames[sectionNames.indexOf(section) + 1];
  let done = 0;
  for (let cursor = start; ; ) {
    if (options.signal?.aborted === true) {
      return false;
    }
    const { size, next, write } = await readPage(from, section, cursor);
    await to.write(async (transaction) => {
      await write(transaction);
      const position = next === undefined ? { part: following, cursor: undefined } : { part: section, cursor: next };
      await transaction.settings.put(PROGRESS, position.part === undefined ? undefined : { counts, ...position });
    });
    done += size;
    options.onProgress({ phase: "copying", section, done, total: counts[section] });
    if (next === undefined) {
      return true;
    }
    cursor = next;
  }
}

interface ReadPage {
  readonly size: number;
  readonly next: string | undefined;
  readonly write: (transaction: StoreTransaction) => Promise<void>;
}

async function readPage<S extends SectionName>(from: Store, section: S, cursor: string | undefined): Promise<ReadPage> {
  const { items, next } = await from.snapshot[section].page(cursor);
  const own = items.filter((item) => !isProgress(section, item));
  return { size: own.length, next, write: (transaction) => writeSection(section, transaction, own) };
}

function isProgress<S extends SectionName>(section: S, item: SnapshotSections[S]): boolean {
  return section === "settings" && "key" in item && item.key === PROGRESS;
}

async function compare(
  from: Store,
  to: Store,
  counts: SectionCounts,
  options: CopyOptions,
): Promise<Result<readonly CopiedSection[], Problem>> {
  const copied: CopiedSection[] = [];
  const differing: string[] = [];
  for (const section of sectionNames) {
    const [source, target] = [new Digest(), new Digest()];
    for (const [store, digest] of [
      [from, source],
      [to, target],
    ] as const) {
      for await (const item of itemsOf(store, section)) {
        digest.add(item);
        if (digest.count % 1_000 === 0) {
          if (options.signal?.aborted === true) {
            return fail(stopped);
          }
          const done = source.count + target.count;
          options.onProgress({ phase: "verifying", section, done, total: 2 * counts[section] });
        }
      }
    }
    copied.push({ section, count: target.count, hash: target.hash });
    if (source.hash !== target.hash || source.count !== target.count) {
      differing.push(`${wordsOf(section)} (${source.count} in the source, ${target.count} in the target)`);
    }
  }
  return differing.length === 0
    ? ok(copied)
    : fail({
        code: "copy.differs",
        message: `source and target differ in ${differing.join(", ")}`,
        remedy: "Stop everything that writes to either store, empty the target and copy again.",
      });
}

async function* itemsOf(store: Store, section: SectionName): AsyncGenerator<unknown> {
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await store.snapshot[section].page(cursor);
    for (const item of items) {
      if (!isProgress(section, item)) {
        yield item;
      }
    }
    if (next === undefined) {
      return;
    }
    cursor = next;
  }
}
