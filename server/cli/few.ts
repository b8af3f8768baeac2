import type { Problem } from "#contracts/problem";

/** At most this many items with the same key. */
export type Limit<T> = readonly [limit: number, keyOf: (item: T) => string];

/** Lines of one kind that are printed, and of those about one file. */
export const OF_KIND = 20;
const OF_FILE = 3;

/** A command prints a few problems of each kind, not one for each of thousands of records. */
export const fewProblems: readonly Limit<Problem>[] = [
  [OF_KIND, ({ code }) => code],
  [OF_FILE, ({ code, at }) => JSON.stringify([code, at?.file])],
];

/** Whether the next item is still within all limits; it counts if it is. */
export function within<T>(limits: readonly Limit<T>[]): (item: T) => boolean {
  const counted = limits.map(([limit, keyOf]) => ({ limit, keyOf, counts: new Map<string, number>() }));
  return (item) => {
    const places = counted.map(({ limit, keyOf, counts }) => ({ limit, counts, key: keyOf(item) }));
    const isWithin = places.every(({ limit, counts, key }) => (counts.get(key) ?? 0) < limit);
    for (const { counts, key } of isWithin ? places : []) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return isWithin;
  };
}
