import { hash } from "node:crypto";
import { QUARTER_HOUR } from "./time.ts";
import { hostName } from "./values.ts";

/**
 * The identity of a record: the same in every copy of the file and in every rendering (EVTX, NXLog, Winlogbeat), and
 * independent of the other records in the file.
 */

export interface RecordIdentity {
  readonly computer: string;
  readonly channel: string;
  readonly provider: string;
  readonly code: string;
  readonly recordId: string;
  /** Epoch milliseconds, or a wall clock; only the second within its quarter of an hour is used. */
  readonly time: number;
}

/**
 * The identity of a record with a record number. Renderings differ in time zone (whole quarters of an hour) and
 * fractions of a second, so only the second within its quarter of an hour is included: mostly enough to distinguish a
 * log that was cleared, or a reinstalled host, from the earlier one of the same name. Where it is not, the record that
 * arrives later gets `laterIdentity`: see docs/decisions/0053. Only the first label of the host is included, as some
 * channels omit the domain.
 */
export function recordIdentity(record: RecordIdentity): string {
  const second = Math.floor(record.time / 1000) % 900;
  const channel = record.channel.toLowerCase();
  return digest(
    `record\n${shortHost(record.computer)}\n${channel}\n${record.provider.toLowerCase()}\n${record.code}\n${record.recordId}\n${second}`,
  );
}

/**
 * The identity of a record whose first identity another record has already (`same-record.ts`): with its whole quarter
 * of an hour. `time` is in epoch milliseconds.
 */
export function laterIdentity(id: string, time: number): string {
  return digest(`later\n${id}\n${Math.floor(time / QUARTER_HOUR)}`);
}

/** The identity of a record without a number: its whole content. The order of `parts` must not depend on the file. */
export function contentIdentity(parts: readonly string[]): string {
  const joined = parts.join(SEPARATOR);
  // Parts that contain the separator would be ambiguous; JSON is not.
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

/** A list of texts as one part of `contentIdentity`. */
export function listDigest(texts: readonly string[]): string {
  return digest(JSON.stringify(texts));
}

/** 132 bits are kept: collisions are negligible for billions of records. */
function digest(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 22);
}

function shortHost(computer: string): string {
  const name = hostName(computer);
  const dot = name.indexOf(".");
  return dot < 0 ? name : name.slice(0, dot);
}
