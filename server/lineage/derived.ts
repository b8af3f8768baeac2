import type { Account } from "#contracts/account";
import { placeAddress } from "./addresses.ts";
import { firstLabel } from "./aliases.ts";
import { childGroupOf } from "./child-group.ts";
import type { LogonFact } from "./facts.ts";
import { type MergedProcess, mergeProcessRecords, observed } from "./merge-process-records.ts";
import { type ProcessRow, positionOf } from "./process-row.ts";

/** What a row is listed, found and counted by; stores keep it beside the row. */
export interface Derived {
  readonly pid: number | undefined;
  /** File name, lower case. */
  readonly name: string | undefined;
  /** Its place in time. A placeholder by pid has none of its own. */
  readonly at: number | undefined;
  /** False for a row that was joined to another. */
  readonly shown: boolean;
  /** Shown, and some record tells of its start: such processes are listed and counted. */
  readonly started: boolean;
  /** Something other than its children tells of it. */
  readonly observed: boolean;
  /** A placeholder that goes when the last one who names it does. */
  readonly unused: boolean;
  /** Of started processes only, so that lists and counts agree; so is the session. */
  readonly user: Account | undefined;
  readonly sessionKey: string | undefined;
  readonly parentKey: string | undefined;
  /** Image and command-line template: the group among the parent's children, and among all runs of the image. */
  readonly childGroup: string;
  /** Of the image, where a record of the start tells it; the strongest one. */
  readonly hash: string | undefined;
}

export function derivedOf(row: ProcessRow, twin: ProcessRow | undefined): Derived {
  const { pid, name, at } = positionOf(row);
  const shown = row.mergedInto === undefined;
  const known = mergeProcessRecords(row, twin);
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

/** An import hash is shared by many different files, so it names none. */
export function strongestHash(hashes: MergedProcess["hashes"]): string | undefined {
  return (hashes?.["sha256"] ?? hashes?.["sha1"] ?? hashes?.["md5"])?.toLowerCase();
}

/** What a logon fact is found by, see `LogonProbe`. */
export function logonPlace(fact: LogonFact): {
  readonly address: string | undefined;
  readonly target: string | undefined;
} {
  return {
    address: fact.what === "opened" ? placeAddress(fact.sourceIp) : undefined,
    target: firstLabel(fact.targetHost),
  };
}
