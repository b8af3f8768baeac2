import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
import type { Unreadable } from "#contracts/page";
import type { RequestProblem } from "#contracts/problem";
import { StoreFailure } from "./failure.ts";

/**
 * What happens when a stored value cannot be read: every decoder of a row is made by `stored`, so that damage is a
 * named problem wherever it is met. By default it ends the read: a verdict or a write must not rest on half of the
 * data. A list is read with `toleratingDamage`: it has the rest, and says what is missing. See docs/decisions/0054.
 */

type Row = Readonly<Record<string, unknown>>;

const again = "ingest the captures again into a new one";
const onlyBackup = "nothing else has it";

/** What stores keep, in words, and where it can come from other than a backup. */
const kinds = {
  event: again,
  "segment of events": again,
  account: again,
  "account tie": again,
  "name of a host": again,
  "evidence about a host": again,
  "address of a host": again,
  logon: again,
  "logon session": again,
  process: again,
  "activity of a process": again,
  "end of a process": again,
  alert: again,
  "former id of an alert": again,
  answer: onlyBackup,
  "attached text": onlyBackup,
  "checklist item": onlyBackup,
  "status change": onlyBackup,
  proposal: onlyBackup,
  "work on an incident": onlyBackup,
  batch: onlyBackup,
  "part of a batch": onlyBackup,
  "list of what a batch left": onlyBackup,
  "saved view": onlyBackup,
  "value list": onlyBackup,
  "values of a list": onlyBackup,
  delivery: onlyBackup,
  exception: onlyBackup,
  "hit of an exception": again,
  "state of the detection engine": again,
  ingest: again,
  "rule version": onlyBackup,
  setting: onlyBackup,
  "audit record": onlyBackup,
  person: onlyBackup,
  password: "set a new one",
  passkey: "register it again",
  "sign-in link": "issue a new one",
  "sign-in session": "sign in again",
  "service token": "issue a new one",
  row: onlyBackup,
} as const;
export type StoredKind = keyof typeof kinds;

/** Thrown by whatever reads a stored value that no version of Stemma could have written. */
export class DamagedValue extends StoreFailure {
  constructor(what: StoredKind, name: string | undefined, reason: string, cause?: unknown) {
    super({
      code: "store.damaged",
      message: `${named(what, name)} is damaged in the store: ${reason}`,
      remedy: `Run stemma check to see all damage; restore a backup with stemma restore${kinds[what] === onlyBackup ? ": " : ", or "}${kinds[what]}.`,
    });
    this.cause = cause;
  }
}

function named(what: StoredKind, name: string | undefined): string {
  return name === undefined ? `${/^[aeiou]/.test(what) ? "an" : "a"} ${what}` : `the ${what} ${JSON.stringify(name)}`;
}

/** Thrown for a row that has a name: whoever meets it again meets the same one. */
class DamagedRow extends DamagedValue {}

/** A decoder of rows whose failures are `DamagedValue`, named after the row. */
export function stored<T, R extends Row>(what: StoredKind, read: (row: R) => T): (row: R) => T {
  return (row) =>
    attempt(
      () => read(row),
      (reason, cause) => {
        const name = nameOf(row);
        return new (name === undefined ? DamagedValue : DamagedRow)(what, name, reason, cause);
      },
    );
}

/** Reads one stored value that is not a row, such as an event of a segment. */
export function storedValue<T>(what: StoredKind, name: string | undefined, read: () => T): T {
  return attempt(read, (reason, cause) => new DamagedValue(what, name, reason, cause));
}

function attempt<T>(read: () => T, damaged: (reason: string, cause: unknown) => DamagedValue): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof StoreFailure && !(error instanceof DamagedColumn)) {
      throw error;
    }
    throw damaged(reasonOf(error), error);
  }
}

/** Thrown by the readers of single columns; a decoder adds what the row is. */
export class DamagedColumn extends DamagedValue {
  readonly reason: string;

  constructor(column: string, expected: string) {
    const reason = `${column} should be ${expected}`;
    super("row", undefined, reason);
    this.reason = reason;
  }
}

/** Columns that name a row, most telling first. */
const naming = [
  "id",
  "key",
  "event_id",
  "eventId",
  "sequence",
  "number",
  "alert_id",
  "alertId",
  "rule_id",
  "scope",
  "name",
  "user_key",
  "userKey",
];

function nameOf(row: Row): string | undefined {
  for (const column of naming) {
    const value = row[column];
    if (typeof value === "string" || typeof value === "number") {
      return String(value);
    }
  }
  return undefined;
}

const longestReason = 200;

function reasonOf(error: unknown): string {
  if (error instanceof DamagedColumn) {
    return error.reason;
  }
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    return issue === undefined ? "wrong values" : [issue.path.join("."), issue.message].filter(Boolean).join(": ");
  }
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, longestReason).toWellFormed();
}

/** What a list does not have: how many values could not be read, and the first few different problems. */
export interface Damage {
  readonly count: number;
  readonly problems: readonly RequestProblem[];
  /** Which rows are among the values: one that several reads meet is missing once. */
  readonly rows: ReadonlySet<string>;
}

/** Damage as a response says it. */
export function unreadableOf(damage: Damage | undefined): Unreadable | undefined {
  return damage && { count: damage.count, problems: [...damage.problems] };
}

const mostProblems = 10;
/** Of more damaged rows it is not remembered which they are; what several reads meet is counted by each then. */
const mostRows = 10_000;

class DamageLog {
  readonly #problems = new Map<string, RequestProblem>();
  readonly #rows = new Set<string>();
  #others = 0;

  add({ count, problems, rows }: Damage): void {
    for (const problem of problems) {
      if (this.#problems.size < mostProblems) {
        this.#problems.set(problem.message, problem);
      }
    }
    this.#others += count - rows.size;
    for (const row of rows) {
      if (this.#rows.size < mostRows) {
        this.#rows.add(row);
      } else if (!this.#rows.has(row)) {
        this.#others += 1;
      }
    }
  }

  get damage(): Damage | undefined {
    const count = this.#others + this.#rows.size;
    return count === 0 ? undefined : { count, problems: [...this.#problems.values()], rows: this.#rows };
  }
}

const scope = new AsyncLocalStorage<DamageLog>();

/** Runs reads that go on without what is damaged, and returns with their result what that was. */
export async function toleratingDamage<T>(
  read: () => Promise<T>,
): Promise<{ readonly value: T; readonly damage: Damage | undefined }> {
  const log = new DamageLog();
  const value = await scope.run(log, read);
  return { value, damage: log.damage };
}

/**
 * Runs a read of what is asked about: a list about something that is damaged is refused, as if nobody tolerated damage,
 * because without it there is no list.
 */
export function refusingDamage<T>(read: () => Promise<T>): Promise<T> {
  return scope.exit(read);
}

/** Whether whoever reads now goes on without what is damaged. */
export function toleratesDamage(): boolean {
  return scope.getStore() !== undefined;
}

/**
 * Reports damage that was met elsewhere, such as in another thread, to whoever reads now; throws if nobody tolerates
 * it.
 */
export function noteDamage(damage: Damage | undefined): void {
  const [first] = damage?.problems ?? [];
  if (damage === undefined || first === undefined) {
    return;
  }
  const log = scope.getStore();
  if (log === undefined) {
    throw new StoreFailure(first);
  }
  log.add(damage);
}

/** Reads one row; undefined if it is damaged and the reader tolerates that. */
export function ifReadable<T, R>(row: R, read: (row: R) => T): T | undefined {
  const log = scope.getStore();
  return log === undefined ? read(row) : unlessDamaged(log, () => read(row));
}

/** The rows that can be read; throws for the first other one unless the reader tolerates damage. */
export function readable<T extends object | string | number, R>(rows: readonly R[], read: (row: R) => T): readonly T[] {
  const log = scope.getStore();
  if (log === undefined) {
    return rows.map((row) => read(row));
  }
  // Several rows may go by one name, such as the ties of one account: within one read they are different ones.
  const met = new Map<string, number>();
  const nth = (name: string) => {
    const count = (met.get(name) ?? 0) + 1;
    met.set(name, count);
    return count;
  };
  return rows.flatMap((row) => {
    const value = unlessDamaged(log, () => read(row), nth);
    // In a list of its own: a value that is a list must not be flattened.
    return value === undefined ? [] : [value];
  });
}

function unlessDamaged<T>(log: DamageLog, read: () => T, nth: (name: string) => number = () => 1): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DamagedValue)) {
      throw error;
    }
    const { problem } = error;
    const rows = error instanceof DamagedRow ? [`${problem.message} ${nth(problem.message)}`] : [];
    log.add({ count: 1, problems: [problem], rows: new Set(rows) });
    return undefined;
  }
}
