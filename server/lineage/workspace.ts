import type { EndFact } from "./facts.ts";
import { placeholderKey } from "./keys.ts";
import {
  byTime,
  mergeReplacedPlaceholders,
  NO_FACTS,
  type ParentLink,
  type ProcessRow,
  positionOf,
  type ReplacedPlaceholder,
} from "./process-row.ts";
import type { LineageTables } from "./tables.ts";

/** What is known in place of a placeholder, and the process whose record tells so. */
interface Succession {
  readonly to: string;
  /**
   * The row that named the placeholder, or that an exit ended: when it learns better, the placeholder's key follows.
   */
  readonly by: string;
  readonly exit?: string;
  readonly at: number;
}

/** Rows being looked at and what has changed of them, written in one go at the end. */
export class Workspace {
  readonly #rows = new Map<string, ProcessRow>();
  readonly #changed = new Set<string>();
  /** Placeholders that somebody names now. */
  readonly #named = new Map<string, ProcessRow>();
  readonly #exits = new Map<string, EndFact>();
  /** Placeholders that somebody stopped naming, now or before. */
  readonly #left = new Map<string, Succession | undefined>();
  readonly #exitReleased = new Set<string>();
  readonly #exitMoves: { readonly exit: EndFact; readonly from: string; readonly to: string }[] = [];

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
      this.#put({ ...row, parent, creatorPid });
      if (row.parent?.basis === "placeholder" && row.parent.key !== parent?.key) {
        this.#leave(row.parent.key, { by: key, at: positionOf(row).at ?? 0 }, parent);
      }
    }
    for (const by of row.duplicate === undefined ? [key] : [key, row.duplicate]) {
      for (const placeholder of formerParents(this.#rows.get(by))) {
        this.#leave(placeholder, { by, at: positionOf(row).at ?? 0 }, parent);
      }
    }
  }

  /**
   * A row (`by`) named a placeholder, and another one is asked for the parent in its place: unless others know better.
   */
  handOver(placeholder: string, by: string, to: string): void {
    this.#leave(placeholder, { by, at: Number.POSITIVE_INFINITY }, this.#rows.get(to)?.parent);
  }

  #leave(placeholder: string, who: Pick<Succession, "by" | "at">, parent: ParentLink | undefined): void {
    this.#release(placeholder, parent === undefined ? undefined : { ...who, to: parent.key });
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

  /** An exit belongs to another process than before. */
  moveExit(exit: EndFact, from: string | undefined, to: string): void {
    if (from !== undefined) {
      this.#release(from, { to, by: to, exit: exit.source.eventId, at: exit.time });
      this.#exitReleased.add(from);
      this.#exitMoves.push({ exit, from, to });
    }
  }

  /** Of several who left a placeholder, the earliest tells where its key leads. */
  #release(key: string, succession: Succession | undefined): void {
    const known = this.#left.get(key);
    if (known === undefined || (succession !== undefined && isEarlier(succession, known))) {
      this.#left.set(key, succession);
    }
  }

  /**
   * Writes everything. Placeholders that nobody names any more go; where it is known what stands in their place, they
   * stay as pointers to it. Returns the keys of what changed, and what took the place of the placeholders that went.
   */
  async finish(
    tables: LineageTables,
  ): Promise<{ readonly touched: ReadonlySet<string>; readonly replaced: ReadonlyMap<string, string> }> {
    await this.#followExits(tables);
    const stored = await tables.rows([...this.#named.keys(), ...this.#left.keys()]);
    const placeholders = new Map(this.#named);
    const pointers: ProcessRow[] = [];
    for (const [key, row] of stored) {
      if (row.kind === "placeholder" && row.mergedInto !== undefined && !this.#named.has(key)) {
        pointers.push(row);
      } else if (row.kind === "placeholder") {
        placeholders.set(key, row);
      }
    }
    for (const [key, row] of placeholders) {
      const exit = this.#exits.get(key) ?? (this.#exitReleased.has(key) ? undefined : row.exit);
      if (!stored.has(key) || row.mergedInto !== undefined || exit?.source.eventId !== row.exit?.source.eventId) {
        this.#put({ ...row, exit, mergedInto: undefined });
      }
    }
    await tables.saveRows([...this.#changed].flatMap((key) => this.#rows.get(key) ?? []));
    await tables.dropUnused([...placeholders.keys()]);
    const left = [...this.#left.keys()].filter((key) => placeholders.has(key));
    const kept = left.length === 0 ? new Map<string, ProcessRow>() : await tables.rows(left);
    const gone = left.filter((key) => !kept.has(key)).flatMap((key) => placeholders.get(key) ?? []);
    await this.#point(tables, [...gone, ...pointers]);
    const replaced = gone.flatMap(({ key }) => {
      const to = this.#left.get(key)?.to;
      return to === undefined ? [] : [[key, to] as const];
    });
    return { touched: this.#changed, replaced: new Map(replaced) };
  }

  /** Placeholders that gave way to the owner of an exit follow when that changes. */
  async #followExits(tables: LineageTables): Promise<void> {
    const owners = this.#exitMoves.length === 0 ? [] : await tables.rows(this.#exitMoves.map(({ from }) => from));
    const rows = new Map(owners);
    for (const { exit, from, to } of this.#exitMoves) {
      const { eventId } = exit.source;
      for (const one of rows.get(from)?.facts.replacedPlaceholders?.filter((standIn) => standIn.exit === eventId) ??
        []) {
        this.#release(one.key, { to, by: to, exit: eventId, at: exit.time });
      }
    }
  }

  /** Makes pointers of placeholders that went, and turns those of before to what stands in their place now. */
  async #point(tables: LineageTables, placeholders: readonly ProcessRow[]): Promise<void> {
    const turned = placeholders.flatMap((row) => {
      const succession = this.#left.get(row.key);
      const isNews = succession !== undefined && succession.to !== row.mergedInto;
      return isNews ? [{ succession, row: { ...row, exit: undefined, mergedInto: succession.to } }] : [];
    });
    if (turned.length === 0) {
      return;
    }
    const tellers = Map.groupBy(turned, ({ succession }) => succession.by);
    const known = await tables.rows([...tellers.keys()]);
    const taught = [...tellers].flatMap(([by, told]) => {
      const row = known.get(by);
      const standIns = told.map(({ row: { key }, succession: { exit } }): ReplacedPlaceholder => ({ key, exit }));
      return row === undefined
        ? []
        : [
            {
              ...row,
              facts: {
                ...row.facts,
                stoodIn: mergeReplacedPlaceholders(row.facts.replacedPlaceholders ?? [], standIns),
              },
            },
          ];
    });
    await tables.saveRows([...turned.map(({ row }) => row), ...taught]);
  }

  #put(row: ProcessRow): void {
    this.#rows.set(row.key, row);
    this.#changed.add(row.key);
  }
}

/** Placeholders that a row named as its parent before that was known. */
export function formerParents(row: ProcessRow | undefined): readonly string[] {
  return (row?.facts.replacedPlaceholders ?? []).filter(({ exit }) => exit === undefined).map(({ key }) => key);
}

function isEarlier(a: Succession, b: Succession): boolean {
  return a.at < b.at || (a.at === b.at && a.to < b.to);
}
