import type { Fields } from "#contracts/event";
import type { DistantMatch } from "#contracts/exception-counter-examples";
import { textOf } from "../../event/event.ts";

/** Fields that say what somebody did; numbers of processes, times and records differ anyway. */
const compared: readonly string[] = [
  "process.command_line",
  "process.parent.command_line",
  "process.executable",
  "process.parent.executable",
  "process.working_directory",
  "process.hash.sha256",
  "process.Ext.token.integrity_level_name",
  "winlog.event_data.IntegrityLevel",
  "user.name",
  "user.domain",
  "host.name",
  "source.ip",
  "destination.ip",
  "file.path",
  "registry.path",
  "dll.path",
];

/** How unlike two events are, 0 to 1, and in which fields. A command line differs by the share of its words. */
export function differenceOf(here: Fields, there: Fields): Pick<DistantMatch, "distance" | "differs"> {
  const known = compared.filter((field) => textOf(here, field) !== undefined || textOf(there, field) !== undefined);
  const differs: { field: string; here?: string; there?: string }[] = [];
  let sum = 0;
  for (const field of known) {
    const [ours, theirs] = [textOf(here, field), textOf(there, field)];
    const distance = distanceOf(ours, theirs);
    if (distance > 0) {
      sum += distance;
      differs.push({ field, here: ours, there: theirs });
    }
  }
  return { distance: known.length === 0 ? 0 : Math.round((1000 * sum) / known.length) / 1000, differs };
}

/** Words of the longest command lines that are compared. */
const MOST_WORDS = 400;

function distanceOf(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined) {
    return left === right ? 0 : 1;
  }
  const [ours, theirs] = [wordsOf(left), wordsOf(right)];
  const shared = ours.intersection(theirs).size;
  return 1 - shared / Math.max(1, ours.size + theirs.size - shared);
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().split(/[\s"']+/, MOST_WORDS));
}

/** The matches that are least alike, each difference once. */
export class Farthest<T> {
  readonly #most: number;
  readonly #found = new Map<
    string,
    { readonly value: T; readonly difference: Pick<DistantMatch, "distance" | "differs"> }
  >();

  constructor(most: number) {
    this.#most = most;
  }

  add(value: T, difference: Pick<DistantMatch, "distance" | "differs">): void {
    const key = JSON.stringify(difference.differs.map(({ field, there }) => [field, there?.toLowerCase()]));
    if (difference.differs.length === 0 || this.#found.has(key)) {
      return;
    }
    this.#found.set(key, { value, difference });
    if (this.#found.size > 10 * this.#most) {
      this.#trim();
    }
  }

  result(): readonly { readonly value: T; readonly difference: Pick<DistantMatch, "distance" | "differs"> }[] {
    this.#trim();
    return [...this.#found.values()];
  }

  #trim(): void {
    const kept = [...this.#found].sort(([, left], [, right]) => right.difference.distance - left.difference.distance);
    this.#found.clear();
    for (const [key, one] of kept.slice(0, this.#most)) {
      this.#found.set(key, one);
    }
  }
}
