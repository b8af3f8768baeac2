import { noteDamage, toleratingDamage } from "./damage.ts";

/** Browsers request the same page every few seconds, so a few values are enough. */
const MAX_VALUES = 8;

/**
 * Remembers the last few values by key until the version changes. A value that lacks something damaged is computed
 * again each time: what it lacks must be said each time.
 */
export function memoizeByVersion<T>(
  version: () => Promise<number | string>,
): (key: string, compute: () => Promise<T>) => Promise<T> {
  const values = new Map<string, T>();
  let valuesVersion: number | string | undefined;
  return async (key, compute) => {
    // Read before computing: a value computed during a write is filed under the older version and computed again.
    const current = await version();
    if (current !== valuesVersion) {
      values.clear();
      valuesVersion = current;
    }
    const known = values.get(key);
    if (known !== undefined) {
      return known;
    }
    const { value, damage } = await toleratingDamage(compute);
    noteDamage(damage);
    if (valuesVersion === current && damage === undefined) {
      const [oldest] = values.keys();
      if (values.size >= MAX_VALUES && oldest !== undefined) {
        values.delete(oldest);
      }
      values.set(key, value);
    }
    return value;
  };
}

/** Makes one value per key and keeps the few that were asked for last. */
export function keepLatest<Of, T>(make: (of: Of) => T, most: number): (key: string, of: Of) => T {
  const values = new Map<string, T>();
  return (key, of) => {
    const value = values.get(key) ?? make(of);
    values.delete(key);
    values.set(key, value);
    const [oldest] = values.keys();
    if (values.size > most && oldest !== undefined) {
      values.delete(oldest);
    }
    return value;
  };
}
