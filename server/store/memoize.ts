import { type Damage, noteDamage, toleratingDamage } from "./damage.ts";

/** Browsers request the same page every few seconds, so a few values are enough. */
const MAX_VALUES = 8;

/** A value, and what it lacks because it was damaged in the store. */
interface Computed<T> {
  readonly value: T;
  readonly damage: Damage | undefined;
}

function undamaged<T>({ value, damage }: Computed<T>): T {
  noteDamage(damage);
  return value;
}

/** Remembers the last few values by key until the version changes. */
export function memoizeByVersion<T>(
  version: () => Promise<number>,
): (key: string, compute: () => Promise<T>) => Promise<T> {
  const values = new Map<string, Computed<T>>();
  let valuesVersion: number | undefined;
  return async (key, compute) => {
    // Read before computing: a value computed during a write is filed under the older version and computed again.
    const current = await version();
    if (current !== valuesVersion) {
      values.clear();
      valuesVersion = current;
    }
    const known = values.get(key);
    if (known !== undefined) {
      return undamaged(known);
    }
    const computed = await toleratingDamage(compute);
    if (valuesVersion === current) {
      const [oldest] = values.keys();
      if (values.size >= MAX_VALUES && oldest !== undefined) {
        values.delete(oldest);
      }
      values.set(key, computed);
    }
    return undamaged(computed);
  };
}
