/** Sets of names of which some are joined step by step. */
export class DisjointSets {
  readonly #parents: Map<string, string>;

  constructor(names: Iterable<string>) {
    this.#parents = new Map([...names].map((name) => [name, name]));
  }

  has(name: string): boolean {
    return this.#parents.has(name);
  }

  /** The name that represents the set of this name: the first in alphabetical order. */
  find(name: string): string {
    let end = name;
    for (let next = this.#parents.get(end); next !== undefined && next !== end; next = this.#parents.get(end)) {
      end = next;
    }
    for (let one = name; one !== end; ) {
      const next = this.#parents.get(one) ?? end;
      this.#parents.set(one, end);
      one = next;
    }
    return end;
  }

  join(one: string, other: string): void {
    const [first, second] = [this.find(one), this.find(other)].sort();
    if (first !== undefined && second !== undefined) {
      this.#parents.set(second, first);
    }
  }

  /** The members of every set, in alphabetical order. */
  all(): readonly (readonly string[])[] {
    return [...Map.groupBy([...this.#parents.keys()].sort(), (name) => this.find(name)).values()];
  }
}
