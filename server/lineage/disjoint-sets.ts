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

  /** Makes these names members of one set; names that are not known yet are added. */
  join(names: readonly string[]): void {
    const members = names.map((name) => this.find(name)).sort();
    const [first = ""] = members;
    for (const member of members) {
      this.#parents.set(member, first);
    }
  }

  names(): readonly string[] {
    return [...this.#parents.keys()];
  }

  /** The members of every set, in alphabetical order. */
  all(): readonly (readonly string[])[] {
    return [...Map.groupBy(this.names().toSorted(), (name) => this.find(name)).values()];
  }
}
