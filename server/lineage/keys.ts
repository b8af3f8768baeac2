import { hash } from "node:crypto";
import type { StartFact } from "./facts.ts";

/**
 * Keys of the graph: opaque, safe in a URL, the same whenever the same facts are read again. Parts are joined by NUL:
 * hosts never hold it (`facts.ts`), numbers cannot, and of what a log may have written no more than one part stands in
 * a key.
 */
function keyOf(...parts: readonly (string | number)[]): string {
  return hash("sha256", parts.join("\u0000"), "base64url").slice(0, 22);
}

/** A process that an agent named by its own identifier. */
export function entityKey(host: string, entityId: string): string {
  return keyOf("entity", host, entityId);
}

/**
 * A process known by pid and start only. Two sides may tell of one start in the same millisecond: they stay apart until
 * paired. Some logs write whole seconds, in which a pid can come again: then image and command tell the two apart.
 */
export function startKey({ host, side, pid, executable, commandLine, time }: StartFact): string {
  const command = commandLine === undefined ? "" : plainCommand(commandLine);
  return keyOf("start", side, host, pid ?? "?", time, JSON.stringify([nameOf(executable), command]));
}

/**
 * Logs trim command lines and double characters differently; blanks, quotes and percent signs do not tell records
 * apart.
 */
export function plainCommand(commandLine: string): string {
  return commandLine.toLowerCase().replaceAll(/[\s"%]+/g, "");
}

/**
 * A parent that nothing but its children (or its exit) tells of: one per pid, path and stretch between reuses of the
 * pid.
 */
export function placeholderKey(host: string, pid: number, executable: string, boundary: number | undefined): string {
  return keyOf("placeholder", host, pid, executable, boundary ?? "first");
}

/** Children of one process that are alike. Short: it only has to tell the groups of one parent apart. */
export function childGroupKeyOf(name: string, shape: string): string {
  return keyOf("cluster", JSON.stringify([name, shape])).slice(0, 16);
}

/**
 * The first session of a logon id needs no time; later ones (the id came again after a boot) are told apart by theirs.
 */
export function sessionKey(host: string, logonId: string, opened?: number): string {
  return opened === undefined ? keyOf("session", host, logonId) : keyOf("session", host, logonId, opened);
}

export type { Side } from "../event/sources.ts";

/**
 * Sysmon writes the second in which a process started into its ProcessGuid: the second and third group are the two
 * halves of a Unix time. Epoch milliseconds, or undefined for identifiers of any other shape.
 */
export function entityStart(entityId: string): number | undefined {
  const match = /^\{?[0-9a-f]{8}-([0-9a-f]{4})-([0-9a-f]{4})-[0-9a-f]{4}-[0-9a-f]{12}\}?$/i.exec(entityId);
  if (match === null) {
    return undefined;
  }
  const seconds = Number.parseInt(`${match[2]}${match[1]}`, 16);
  return seconds > EARLIEST_START ? seconds * 1000 : undefined;
}

/** Sysmon's first release was in 2014: a smaller number is no start time. */
const EARLIEST_START = Date.UTC(2014, 0, 1) / 1000;

/** An identifier of zeros stands for "not known": it joins nothing. */
export function usableEntityId(entityId: string | undefined): string | undefined {
  return entityId === undefined || /^[{}0-]*$/.test(entityId) ? undefined : entityId;
}

/**
 * Logon ids are written as `0x3e7`, `0x00000000000003E7` or decimal: one form for all. Zero means "none".
 */
export function logonIdOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i.test(text)) {
    return undefined;
  }
  const value = BigInt(text);
  return value === 0n ? undefined : `0x${value.toString(16)}`;
}

/** SYSTEM, NETWORK SERVICE and LOCAL SERVICE: the same three ids on every host at once, never a link between hosts. */
export const SERVICE_LOGONS: ReadonlyMap<string, string> = new Map([
  ["0x3e7", "SYSTEM"],
  ["0x3e4", "NETWORK SERVICE"],
  ["0x3e5", "LOCAL SERVICE"],
]);

/** The file name of a path, lower case: names are compared without case everywhere. */
export function nameOf(path: string | undefined): string | undefined {
  if (path === undefined) {
    return undefined;
  }
  const name = path.slice(Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/")) + 1).toLowerCase();
  return name === "" || name === "?" || name === "-" ? undefined : name;
}
