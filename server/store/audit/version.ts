import type { AuditRecord } from "#contracts/audit";
import type { ChangeSummary } from "#contracts/conflict";
import type { RequestProblem } from "#contracts/problem";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { ok, type Result } from "../../lib/result.ts";
import type { AuditLookup, AuditSubject } from "./port.ts";

/**
 * The version of what two people can edit: the last audit record about it, as every change leaves one in its own
 * transaction. So a version tells which changes a client has seen, and what was changed since. See docs/decisions/0042.
 */

/** The states that a client accepts to change; `*` is any state. Absent: it does not say. */
export type Expected = "*" | readonly string[];

/** The version of something that was never changed. */
const unchanged = "0";
/** Characters of a record's hash in a version: they tell the trails of two stores apart. */
const hashLength = 8;
const mostListed = 20;

/** The current version. Read it before the content that it is sent with, so that it is never newer than that. */
export async function versionOf(audit: AuditLookup, subject: AuditSubject): Promise<string> {
  const [last] = await audit.about(subject, { limit: 1 });
  return last === undefined ? unchanged : versionOfRecord(last);
}

/** What two people can edit, with its version. */
export interface Versioned<T> {
  readonly version: string;
  readonly content: T;
}

/** Reads the version, then the content, so that the version is never newer than what the client sees. */
export async function withVersion<T, E>(
  audit: AuditLookup,
  subject: AuditSubject,
  read: () => Promise<Result<T, E>>,
): Promise<Result<Versioned<T>, E>> {
  const version = await versionOf(audit, subject);
  const content = await read();
  return content.ok ? ok({ version, content: content.value }) : content;
}

function versionOfRecord({ sequence, hash }: AuditRecord): string {
  return `${sequence}-${hash.slice(0, hashLength)}`;
}

/**
 * Why a change must not be made: `request.conflict` if something that it concerns was changed after all states that the
 * client expects. Call it in the transaction of the change. `concerns` tells which records matter to the change; others
 * leave it valid, such as the answer to another step.
 */
export async function conflictWith(
  audit: AuditLookup,
  subject: AuditSubject,
  expected: Expected | undefined,
  concerns: (record: AuditRecord) => boolean,
): Promise<RequestProblem | undefined> {
  if (expected === undefined || expected === "*") {
    return undefined;
  }
  let fewest: readonly AuditRecord[] | undefined;
  for (const version of expected) {
    const since = (await recordsSince(audit, subject, version))?.filter(concerns);
    if (since?.length === 0) {
      return undefined;
    }
    fewest = since !== undefined && since.length <= (fewest?.length ?? Infinity) ? since : fewest;
  }
  return conflictProblem(fewest ?? [], await versionOf(audit, subject));
}

/** Records after a version, newest first; undefined if the trail does not have that version. */
async function recordsSince(
  audit: AuditLookup,
  subject: AuditSubject,
  version: string,
): Promise<readonly AuditRecord[] | undefined> {
  if (version === unchanged) {
    return audit.about(subject, {});
  }
  const [, digits] = /^([1-9]\d{0,14})-/.exec(version) ?? [];
  const records = digits === undefined ? [] : await audit.about(subject, { from: Number(digits) });
  const base = records.at(-1);
  return base !== undefined && versionOfRecord(base) === version ? records.slice(0, -1) : undefined;
}

/** The refusal of a change that would have overwritten these changes, newest first. `current` is the version now. */
export function conflictProblem(changes: readonly AuditRecord[], current: string, what?: string): RequestProblem {
  const [last] = changes;
  return {
    code: "request.conflict",
    message:
      what ??
      (last === undefined
        ? "`If-Match` names no state of this that the audit trail has"
        : `${last.actor} changed this after you read it`),
    remedy: "Read it again, then decide whether your change still applies.",
    conflict: {
      changed: changes.slice(0, mostListed).map(changeSummary),
      total: changes.length,
      current: `"${current}"`,
    },
  };
}

/** Who and when are told apart from what changed. */
const notListed: ReadonlySet<string> = new Set(["at", "actor"]);

function changeSummary({ at, actor, action, before, after }: AuditRecord): ChangeSummary {
  const [left, right] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...left.keys(), ...right.keys()])].filter((name) => !notListed.has(name));
  return {
    at,
    actor,
    action,
    fields: names
      .filter((name) => canonicalJson(left.get(name)) !== canonicalJson(right.get(name)))
      .map((field) => ({ field, before: shortened(left.get(field)), after: shortened(right.get(field)) })),
  };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

/** Longest text of a value in UTF-16 units; a rule file has many more. */
const mostText = 1000;

function shortened(value: unknown): unknown {
  const text = typeof value === "string" ? value : canonicalJson(value ?? null);
  return text.length <= mostText
    ? value
    : `${text.slice(0, mostText).toWellFormed()}… (${text.length - mostText} more characters)`;
}
