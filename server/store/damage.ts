import { AsyncLocalStorage } from "node:async_hooks";
import { z } from "zod";
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
  "checklist item": onlyBackup,
  "status change": onlyBackup,
  proposal: onlyBackup,
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

/** A decoder of rows whose failures are `DamagedValue`, named after the row. */
export function stored<T, R extends Row>(what: StoredKind, read: (row: R) => T): (row: R) => T {
  return (row) =>
    attempt(
      what,
      () => nameOf(row),
      () => read(row),
    );
}

/** Reads one stored value that is not a row, such as an event of a segment. */
export function storedValue<T>(what: StoredKind, name: string | undefined, read: () => T): T {
  return attempt(what, () => name, read);
}

function attempt<T>(what: StoredKind, name: () => string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof StoreFailure && !(error instanceof DamagedColumn)) {
      throw error;
    }
    throw new DamagedValue(what, name(), reasonOf(error), error);
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

/** What a list does not have. */
export interface Damage {
  /** Values that could not be read. */
  readonly count: number;
  /** The first few different problems. */
  readonly problems: readonly RequestProblem[];
}

const mostProblems = 10;

class DamageLog {
  #count = 0;
  readonly #problems = new Map<string, RequestProblem>();

  add(problem: RequestProblem, count = 1): void {
    this.#count += count;
    if (this.#problems.size < mostProblems) {
      this.#problems.set(problem.message, problem);
    }
  }

  get damage(): Damage | undefined {
    return this.#count === 0 ? undefined : { count: this.#count, problems: [...this.#problems.values()] };
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
  for (const [index, problem] of damage.problems.entries()) {
    log.add(problem, index === 0 ? damage.count - damage.problems.length + 1 : 1);
  }
}

/** Reads one row; undefined if it is damaged and the reader tolerates that. */
export function ifReadable<T, R>(row: R, read: (row: R) => T): T | undefined {
  const log = scope.getStore();
  if (log === undefined) {
    return read(row);
  }
  try {
    return read(row);
  } catch (error) {
    if (!(error instanceof DamagedValue)) {
      throw error;
    }
    log.add(error.problem);
    return undefined;
  }
}

/** The rows that can be read; throws for the first other one unless the reader tolerates damage. */
export function readable<T extends object | string | number, R>(rows: readonly R[], read: (row: R) => T): readonly T[] {
  return scope.getStore() === undefined
    ? rows.map((row) => read(row))
    : rows.flatMap((row) => {
        const value = ifReadable(row, read);
        // In a list of its own: a value that is a list must not be flattened.
        return value === undefined ? [] : [value];
      });
}
