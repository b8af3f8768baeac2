import { hash } from "node:crypto";
import { isImage } from "../event/path.ts";
import type { StartFact } from "./facts.ts";

/**
 * Keys of the graph: opaque, safe in a URL, and the same whenever the same records are read. Parts are joined by NUL,
 * which hosts never contain (`event-fields.ts`) and numbers cannot; no key has more than one other part from a log.
 */
function keyOf(...parts: readonly (string | number)[]): string {
  return hash("sha256", parts.join("\u0000"), "base64url").slice(0, 22);
}

/** A process with an identifier that its agent assigned. */
export function entityKey(host: string, entityId: string): string {
  return keyOf("entity", host, entityId);
}

/**
 * A process known by pid and start only. Both logs may record a start in the same millisecond: their rows stay separate
 * until they are paired. Image and command line distinguish two processes with one pid in the same second, because some
 * logs write whole seconds. See docs/decisions/0029.
 */
export function startKey({ host, side, pid, executable, commandLine, time }: StartFact): string {
  const command = commandLine === undefined ? "" : plainCommand(commandLine);
  return keyOf("start", side, host, pid ?? "?", time, JSON.stringify([nameOf(executable), command]));
}

/**
 * A command line without blanks, quotes and percent signs: logs trim them and double them differently.
 */
export function plainCommand(commandLine: string): string {
  return commandLine.toLowerCase().replaceAll(/[\s"%]+/g, "");
}

/**
 * A process that only its children or its exit refer to: one per pid, path and period between two uses of the pid.
 */
export function placeholderKey(host: string, pid: number, executable: string, boundary: number | undefined): string {
  return keyOf("placeholder", host, pid, executable, boundary ?? "first");
}

/** Similar children of one process. Short, because it only distinguishes groups below one parent. */
export function childGroupKeyOf(name: string, template: string): string {
  return keyOf("cluster", JSON.stringify([name, template])).slice(0, 16);
}

/**
 * The first session of a logon id has nothing else in its key; later ones, after a boot, are distinguished by the time
 * of their logon, else by their logon GUID, else by their first record.
 */
export function sessionKey(host: string, logonId: string, which?: number | string): string {
  return which === undefined ? keyOf("session", host, logonId) : keyOf("session", host, logonId, which);
}

export type { Side } from "../event/sources.ts";

/**
 * The start time in a Sysmon ProcessGuid, in epoch milliseconds with a precision of a second: the second and third
 * group are the halves of a Unix time. Undefined for other identifiers.
 */
export function entityStart(entityId: string): number | undefined {
  const match = /^\{?[0-9a-f]{8}-([0-9a-f]{4})-([0-9a-f]{4})-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i.exec(entityId);
  if (match === null) {
    return undefined;
  }
  const seconds = Number.parseInt(`${match[2]}${match[1]}`, 16);
  return seconds > EARLIEST_START ? seconds * 1000 : undefined;
}

/** Sysmon was first released in 2014: a smaller number is not a start time. */
const EARLIEST_START = Date.UTC(2014, 0, 1) / 1000;

/** Undefined for an identifier of zeros, which means "not known" and must not join processes. */
export function usableEntityId(entityId: string | undefined): string | undefined {
  return entityId === undefined || /^[{}0-]*$/.test(entityId) ? undefined : entityId;
}

/** One form for logon ids, which are written as `0x3e7`, `0x00000000000003E7` or decimal. Zero means "none". */
export function logonIdOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text)) {
    return undefined;
  }
  const value = BigInt(text);
  return value === 0n ? undefined : `0x${value.toString(16)}`;
}

/**
 * A logon GUID in one spelling. Zeros mean "not known", and so does Sysmon's GUID of a session whose start it did not
 * know, which has zeros for the time.
 */
export function logonGuidOf(text: string | undefined): string | undefined {
  const guid = usableEntityId(text);
  return guid === undefined || /^\{?[\da-f]{8}-0000-0000-/i.test(guid) ? undefined : guid.toUpperCase();
}

/** SYSTEM, NETWORK SERVICE and LOCAL SERVICE have the same logon ids on every host: they never link hosts. */
export const SERVICE_LOGONS: ReadonlyMap<string, string> = new Map([
  ["0x3e7", "SYSTEM"],
  ["0x3e4", "NETWORK SERVICE"],
  ["0x3e5", "LOCAL SERVICE"],
]);

/** The file name of a path in lower case, because names are compared case-insensitively; undefined if it is none. */
export function nameOf(path: string | undefined): string | undefined {
  if (path === undefined || !isImage(path)) {
    return undefined;
  }
  const name = path.slice(Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/")) + 1).toLowerCase();
  return name === "" || name === "?" || name === "-" ? undefined : name;
}
