import type { Occurrence } from "./occurrence.ts";
import type { Bound } from "./plan.ts";

/** Counts what bounds limit, as occurrences enter and leave a window. */
export class BoundCounter {
  readonly #bounds: readonly Bound[];
  readonly #inputs = new Map<number, number>();
  readonly #values: Map<string, number>[] = [];
  #events = 0;

  constructor(bounds: readonly Bound[]) {
    this.#bounds = bounds;
  }

  add(occurrence: Occurrence): void {
    this.#change(occurrence, 1);
  }

  remove(occurrence: Occurrence): void {
    this.#change(occurrence, -1);
  }

  clear(): void {
    this.#events = 0;
    this.#inputs.clear();
    this.#values.length = 0;
  }

  countFor({ metric }: Bound): number {
    switch (metric.kind) {
      case "events":
        return this.#events;
      case "inputs":
        return this.#inputs.size;
      case "values":
        return this.#values[metric.index]?.size ?? 0;
    }
  }

  /** Whether all bounds hold. */
  holds(): boolean {
    return this.#bounds.every((bound) => {
      const count = this.countFor(bound);
      return count >= (bound.min ?? 0) && count <= (bound.max ?? Number.POSITIVE_INFINITY);
    });
  }

  #change({ inputs, values }: Occurrence, by: 1 | -1): void {
    this.#events += by;
    for (const input of inputs) {
      change(this.#inputs, input, by);
    }
    for (const [index, some] of values.entries()) {
      const counts = this.#values[index] ?? new Map();
      this.#values[index] = counts;
      for (const value of some) {
        change(counts, value, by);
      }
    }
  }
}

function change<K>(counts: Map<K, number>, key: K, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) {
    counts.delete(key);
  } else {
    counts.set(key, count);
  }
}
