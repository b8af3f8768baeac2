/** Waiting entries of several persons, taken in turn: one entry of each before the second of anybody. */
export class FairQueue<T> {
  /** In the order in which persons get their turn. Nobody has an empty list. */
  readonly #waiting = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  sizeOf(person: string): number {
    return this.#waiting.get(person)?.length ?? 0;
  }

  add(person: string, entry: T): void {
    const own = this.#waiting.get(person);
    if (own === undefined) {
      this.#waiting.set(person, [entry]);
    } else {
      own.push(entry);
    }
    this.#size += 1;
  }

  /** The next entry of the first person who may have a turn now. */
  take(mayRun: (person: string) => boolean): T | undefined {
    for (const [person, own] of this.#waiting) {
      if (mayRun(person)) {
        const entry = own.shift();
        this.#size -= 1;
        // Whoever had a turn goes to the end.
        this.#waiting.delete(person);
        if (own.length > 0) {
          this.#waiting.set(person, own);
        }
        return entry;
      }
    }
    return undefined;
  }

  /** Removes an entry; false if it does not wait. */
  remove(person: string, entry: T): boolean {
    const own = this.#waiting.get(person);
    const index = own?.indexOf(entry) ?? -1;
    if (own === undefined || index < 0) {
      return false;
    }
    own.splice(index, 1);
    this.#size -= 1;
    if (own.length === 0) {
      this.#waiting.delete(person);
    }
    return true;
  }

  /** How many entries are taken up to and including this one, if nobody is passed over. Undefined: it does not wait. */
  positionOf(person: string, entry: T): number | undefined {
    const round = this.#waiting.get(person)?.indexOf(entry) ?? -1;
    if (round < 0) {
      return undefined;
    }
    let position = round + 1;
    let isBefore = true;
    for (const [other, { length }] of this.#waiting) {
      if (other === person) {
        isBefore = false;
      } else {
        position += Math.min(length, isBefore ? round + 1 : round);
      }
    }
    return position;
  }

  entriesOf(person: string): readonly T[] {
    return this.#waiting.get(person) ?? [];
  }

  /** Removes and returns everything. */
  clear(): readonly T[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#size = 0;
    return all;
  }
}
