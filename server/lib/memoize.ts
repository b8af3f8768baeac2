import type { Scalar } from "#contracts/event";

/** Limits of the cache: number of values, and length of a value in UTF-16 units. */
const maxValues = 128;
const maxLength = 256;

/**
 * Caches the results of a function of one value, as programs, hosts and paths repeat. The last value is compared first:
 * that is cheaper than a lookup, which has to hash a new string.
 */
export function memoize<T>(compute: (value: Scalar) => T): (value: Scalar) => T {
  const cache = new Map<Scalar, { readonly result: T }>();
  let lastValue: Scalar | undefined;
  let lastEntry: { readonly result: T } | undefined;
  return (value) => {
    if (value === lastValue && lastEntry !== undefined) {
      return lastEntry.result;
    }
    if (typeof value === "string" && value.length > maxLength) {
      return compute(value);
    }
    let entry = cache.get(value);
    if (entry === undefined) {
      entry = { result: compute(value) };
      if (cache.size >= maxValues) {
        cache.clear();
      }
      cache.set(value, entry);
    }
    lastValue = value;
    lastEntry = entry;
    return entry.result;
  };
}
