import { hash } from "node:crypto";
import { hostName } from "./values.ts";

/**
 * The identity of a record. It must come out the same for the same record in another copy of the file or in another
 * rendering (EVTX, NXLog, Winlogbeat), and it must not depend on what else was in the file.
 */

export interface RecordIdentity {
  readonly computer: string;
  readonly channel: string;
  readonly provider: string;
  readonly code: string;
  readonly recordId: string;
  /** Epoch milliseconds, or what a wall clock showed; only its place within the quarter of an hour counts. */
  readonly time: number;
}

/**
 * Identity of a record that has a record number. Renderings differ in zone (whole quarters of an hour) and in fractions of
 * a second, so of the time only the second within its quarter of an hour takes part: enough to tell a host that was set up
 * anew under its old name from the old one. Of the host only the first label does, as some channels leave out the domain.
 */
export function recordIdentity(record: RecordIdentity): string {
  const phase = Math.floor(record.time / 1000) % 900;
  const channel = record.channel.toLowerCase();
  return digest(
    `record\n${shortHost(record.computer)}\n${channel}\n${record.provider.toLowerCase()}\n${record.code}\n${record.recordId}\n${phase}`,
  );
}

/**
 * Identity of a record without a number: all that it says. `parts` must be in an order that does not depend on the file.
 */
export function contentIdentity(parts: readonly string[]): string {
  const joined = parts.join(SEPARATOR);
  // A part that holds the separator would blur where parts end: JSON keeps them apart, whatever stands in them.
  return digest(occurrences(joined) === parts.length - 1 ? joined : `json\n${JSON.stringify(parts)}`);
}

const SEPARATOR = "\u0000";

function occurrences(text: string): number {
  let count = 0;
  for (let at = text.indexOf(SEPARATOR); at >= 0; at = text.indexOf(SEPARATOR, at + 1)) {
    count += 1;
  }
  return count;
}

/** Stands for a list of texts in `contentIdentity`. */
export function listDigest(texts: readonly string[]): string {
  return digest(JSON.stringify(texts));
}

/** 128 bits are kept: enough that two of a billion records do not meet. */
function digest(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 22);
}

function shortHost(computer: string): string {
  const name = hostName(computer);
  const dot = name.indexOf(".");
  return dot < 0 ? name : name.slice(0, dot);
}
