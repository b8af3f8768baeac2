import type { EndFact } from "./facts.ts";
import { placeholderKey } from "./keys.ts";
import { byTime, NO_FACTS, type ParentLink, type ProcessRow } from "./process-row.ts";
import type { LineageTables } from "./tables.ts";

/** Rows being looked at and what has changed of them, written in one go at the end. */
export class Workspace {
  readonly #rows = new Map<string, ProcessRow>();
  readonly #changed = new Set<string>();
  /** Placeholders that somebody names now. */
  readonly #named = new Map<string, ProcessRow>();
  readonly #exits = new Map<string, EndFact>();
  /** Placeholders that somebody stopped naming. */
  readonly #released = new Set<string>();
  readonly #exitReleased = new Set<string>();

  add(rows: Iterable<ProcessRow>): void {
    for (const row of rows) {
      if (!this.#rows.has(row.key)) {
        this.#rows.set(row.key, row);
      }
    }
  }

  get(key: string): ProcessRow | undefined {
    return this.#rows.get(key);
  }

  link(key: string, parent: ParentLink | undefined, creatorPid: number | undefined): void {
    const row = this.#rows.get(key);
    if (row === undefined) {
      return;
    }
    if (JSON.stringify([row.parent, row.creatorPid]) !== JSON.stringify([parent, creatorPid])) {
      if (row.parent?.basis === "placeholder" && row.parent.key !== parent?.key) {
        this.#released.add(row.parent.key);
      }
      this.#put({ ...row, parent, creatorPid });
    }
  }

  setExit(key: string, exit: EndFact | undefined): void {
    const row = this.#rows.get(key);
    if (row !== undefined && row.exit?.source.eventId !== exit?.source.eventId) {
      this.#put({ ...row, exit });
    }
  }

  /** The one placeholder for all who name this pid and path between two reuses of the pid. */
  placeholder(host: string, pid: number, executable: string | undefined, boundary: number | undefined): string {
    const key = placeholderKey(host, pid, executable ?? "", boundary);
    if (!this.#named.has(key)) {
      this.#named.set(key, { key, kind: "placeholder", host, facts: { ...NO_FACTS, named: { pid, executable } } });
    }
    return key;
  }

  endPlaceholder(key: string, exit: EndFact): void {
    const known = this.#exits.get(key);
    if (this.#named.has(key) && (known === undefined || byTime(exit, known) < 0)) {
      this.#exits.set(key, exit);
    }
  }

  releaseExit(key: string | undefined): void {
    if (key !== undefined) {
      this.#released.add(key);
      this.#exitReleased.add(key);
    }
  }

  /** Writes everything and removes placeholders that nobody names any more. Returns the keys of what changed. */
  async finish(tables: LineageTables): Promise<ReadonlySet<string>> {
    const stored = await tables.rows([...this.#named.keys(), ...this.#released]);
    const placeholders = new Map(this.#named);
    for (const [key, row] of stored) {
      if (row.kind === "placeholder") {
        placeholders.set(key, row);
      }
    }
    for (const [key, row] of placeholders) {
      const exit = this.#exits.get(key) ?? (this.#exitReleased.has(key) ? undefined : row.exit);
      if (!stored.has(key) || exit?.source.eventId !== row.exit?.source.eventId) {
        this.#put({ ...row, exit });
      }
    }
    await tables.saveRows([...this.#changed].flatMap((key) => this.#rows.get(key) ?? []));
    await tables.dropUnused([...placeholders.keys()]);
    return this.#changed;
  }

  #put(row: ProcessRow): void {
    this.#rows.set(row.key, row);
    this.#changed.add(row.key);
  }
}
