import { setImmediate } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import { toleratingDamage } from "../damage.ts";
import { StoreFailure } from "../failure.ts";
import type { Store } from "../port.ts";
import type { SectionPage } from "../snapshot/port.ts";
import { type SectionName, sectionNames } from "../snapshot/sections.ts";

export interface CheckProgress {
  /** What is checked now, in words. */
  readonly what: string;
  readonly done: number;
  readonly total: number;
}

interface CheckOptions {
  readonly onProgress: (progress: CheckProgress) => void;
  readonly signal: AbortSignal;
}

export interface StoreCheck {
  /** Values per section that could be read. */
  readonly counts: Readonly<Record<SectionName, number>>;
  /** Everything wrong. */
  readonly findings: readonly Problem[];
  /** Whether it was stopped before its end. */
  readonly stopped: boolean;
}

/**
 * Reads every value of a store and follows every reference, without changing anything, also while others write. Reads
 * page by page, so its memory does not grow with the store. A section of the snapshot is checked because it is one, and
 * so is every table.
 */
export async function checkStore(
  store: Pick<Store, "snapshot" | "integrity">,
  options: CheckOptions,
): Promise<StoreCheck> {
  const findings: Problem[] = [];
  const counts = Object.fromEntries(sectionNames.map((name) => [name, 0])) as Record<SectionName, number>;
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof StoreFailure) || error.lost) {
        throw error;
      }
      // A damaged page of the file: the rest of the store can still be checked.
      findings.push(error.problem);
    }
  };
  const steps = await store.integrity.steps();
  const total = steps.length + sectionNames.length;
  let done = 0;
  const begin = async (what: string): Promise<boolean> => {
    options.onProgress({ what, done, total });
    done += 1;
    await setImmediate();
    return !options.signal.aborted;
  };
  for (const name of sectionNames) {
    if (!(await begin(wordsOf(name)))) {
      return { counts, findings, stopped: true };
    }
    await attempt(async () => {
      counts[name] = await checkSection(store, name, findings, options.signal);
    });
  }
  for (const step of steps) {
    if (!(await begin(step.name))) {
      return { counts, findings, stopped: true };
    }
    await attempt(async () => {
      findings.push(...(await step.run()));
    });
  }
  return { counts, findings, stopped: options.signal.aborted };
}

/** `exceptionHits` → `exception hits`. */
function wordsOf(section: SectionName): string {
  return section.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Findings listed per section; the last one says how many there are. */
const mostFindings = 20;

async function checkSection(
  store: Pick<Store, "snapshot">,
  name: SectionName,
  findings: Problem[],
  signal: AbortSignal,
): Promise<number> {
  const problems = new Map<string, Problem>();
  let readable = 0;
  let damaged = 0;
  for (let cursor: string | undefined; !signal.aborted; ) {
    const from = cursor;
    const { value: page, damage } = await toleratingDamage<SectionPage<unknown>>(() => store.snapshot[name].page(from));
    readable += page.items.length;
    damaged += damage?.count ?? 0;
    for (const problem of damage?.problems ?? []) {
      if (problems.size < mostFindings) {
        problems.set(problem.message, problem);
      }
    }
    if (page.next === undefined) {
      break;
    }
    cursor = page.next;
    await setImmediate();
  }
  findings.push(...problems.values());
  if (damaged > problems.size) {
    const message = `${damaged} ${wordsOf(name)} cannot be read in all`;
    findings.push({ code: "store.damaged", message, remedy: "Restore a backup with stemma restore." });
  }
  return readable;
}
