import type { Account } from "#contracts/account";
import { placeAddress } from "./addresses.ts";
import { firstLabel } from "./aliases.ts";
import { childGroupOf } from "./child-group.ts";
import type { LogonFact } from "./facts.ts";
import { type MergedProcess, mergeProcessRecords, observed } from "./merge-process-records.ts";
import { type ProcessRow, positionOf } from "./process-row.ts";

/** The attributes that a row is listed, found and counted by; stores keep them in columns. */
export interface Derived {
  readonly pid: number | undefined;
  /** File name, lower case. */
  readonly name: string | undefined;
  /** Epoch milliseconds, see `Position`; undefined for placeholders. */
  readonly at: number | undefined;
  /** False for a row that was merged into another. */
  readonly shown: boolean;
  /** Shown, with a record of its start: such processes are listed and counted. */
  readonly started: boolean;
  /** Has records of its own; others are known from their children only. */
  readonly observed: boolean;
  /** A placeholder that is dropped when it has no child left. */
  readonly unused: boolean;
  /** Set for started processes only, like the session, so that lists and counts agree. */
  readonly user: Account | undefined;
  readonly sessionKey: string | undefined;
  readonly parentKey: string | undefined;
  /** Image and command-line template: the group among the parent's children, and among all runs of the image. */
  readonly childGroup: string;
  /** The strongest hash of the image in a start record. */
  readonly hash: string | undefined;
}

export function derivedOf(row: ProcessRow, duplicate: ProcessRow | undefined): Derived {
  const { pid, name, at } = positionOf(row);
  const shown = row.mergedInto === undefined;
  const known = mergeProcessRecords(row, duplicate);
  const started = shown && !known.placeholder;
  return {
    pid,
    name,
    at: row.kind === "placeholder" ? undefined : at,
    shown,
    started,
    observed: observed(row),
    unused: row.kind === "placeholder" && shown && row.exit === undefined,
    user: started ? known.user : undefined,
    sessionKey: started ? row.sessionKey : undefined,
    parentKey: row.parent?.key,
    childGroup: childGroupOf(known),
    hash: started ? strongestHash(known.hashes) : undefined,
  };
}

/** Import hashes are ignored: many different files share one. */
export function strongestHash(hashes: MergedProcess["hashes"]): string | undefined {
  return (hashes?.["sha256"] ?? hashes?.["sha1"] ?? hashes?.["md5"])?.toLowerCase();
}

/** The attributes that a logon fact is found by, see `LogonProbe`. */
export function logonPlace(fact: LogonFact): {
  readonly address: string | undefined;
  readonly target: string | undefined;
} {
  return {
    address: fact.what === "opened" ? placeAddress(fact.sourceIp) : undefined,
    target: firstLabel(fact.targetHost),
  };
}
