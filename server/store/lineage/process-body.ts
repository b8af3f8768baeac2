import type { SourceRef } from "#contracts/event";
import { eventSourceNames } from "#contracts/event-source";
import { splitCommandLine } from "../../event/command-line.ts";
import { isoTime } from "../../event/time.ts";
import type { EndFact, StartFact } from "../../lineage/facts.ts";
import type { ProcessRow } from "../../lineage/process-row.ts";

/**
 * The part of a process row that a store holds as one text, next to its columns. Opening an alert reads some two
 * hundred of them, so they are short and quick to parse: lists in a fixed order instead of names, nothing that the
 * columns or the rest of the text already contain, and rare values (`rest`) as an object at the end. See
 * docs/decisions/0023.
 */
type Body = Pick<ProcessRow, "kind" | "entityId" | "facts" | "exit" | "parent">;
type Owner = Pick<ProcessRow, "host" | "entityId">;

const KINDS = ["entity", "start", "placeholder"] as const satisfies readonly ProcessRow["kind"][];
const SIDES = ["agent", "security"] as const satisfies readonly StartFact["side"][];

const { sysmon, security } = eventSourceNames;

/** The origins of nearly all start and end records. Databases hold positions in this list: only append to it. */
const ORIGINS: readonly (readonly [provider: string, channel: string, code: string])[] = [
  [sysmon.provider, sysmon.channel, "1"],
  [sysmon.provider, sysmon.channel, "5"],
  [security.provider, security.channel, "4688"],
  [security.provider, security.channel, "4689"],
];

/** In place of a value: the same as in the row, or for arguments, the result of splitting the command line. */
const SAME = 1;

export function writeBody(row: ProcessRow): string {
  const { starts, ends, ...rest } = row.facts;
  return JSON.stringify(
    trimmed([
      KINDS.indexOf(row.kind),
      row.entityId,
      starts.map((fact) => startList(fact, row)),
      ends.map((fact) => endList(fact, row)),
      row.exit === undefined ? undefined : endList(row.exit, row),
      row.parent,
      restOf(rest),
    ]),
  );
}

/** Throws for a damaged text. */
export function readBody(text: string, host: string): Body {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) {
    return readNamed(value);
  }
  const [kind, id, starts, ends, exit, parent, rest] = value as readonly unknown[];
  const entityId = optional<string>(id);
  const owner = { host, entityId };
  return {
    kind: nameAt(KINDS, kind),
    entityId,
    facts: {
      starts: lists(starts).map((list) => startOf(list, owner)),
      ends: lists(ends).map((list) => endOf(list, owner)),
      ...withCurrentNames(optional<object>(rest) ?? {}),
    },
    exit: exit === undefined || exit === null ? undefined : endOf(lists([exit])[0] ?? [], owner),
    parent: optional(parent),
  };
}

/** Reads the form that preceded lists: an object with named properties. */
function readNamed(value: unknown): Body {
  const body = value as Body;
  if (!Array.isArray(body?.facts?.starts) || !Array.isArray(body.facts.ends)) {
    throw new Error("damaged row: a process without facts");
  }
  return { ...body, facts: withCurrentNames(body.facts) };
}

/** Former names of rare facts, in databases written before they were renamed. */
const formerNames: Readonly<Record<string, string>> = {
  seen: "observed",
  told: "inferred",
  stoodIn: "replacedPlaceholders",
};

function withCurrentNames<T extends object>(facts: T): T {
  return Object.keys(formerNames).some((name) => name in facts)
    ? (Object.fromEntries(Object.entries(facts).map(([name, value]) => [formerNames[name] ?? name, value])) as T)
    : facts;
}

function startList(fact: StartFact, row: Owner): readonly unknown[] {
  const { kind: _, host, time, side, source, entityId, pid, executable, commandLine, args, ...more } = fact;
  const { user, logonId, parentEntityId, parentPid, parentExecutable, parentCommandLine, ...rest } = more;
  return trimmed([
    time,
    SIDES.indexOf(side),
    ...sourceList(source, time),
    entityId === row.entityId ? SAME : entityId,
    pid,
    executable,
    commandLine,
    isSplit(fact) ? SAME : args,
    user,
    logonId,
    parentEntityId,
    parentPid,
    parentExecutable,
    parentCommandLine,
    restOf(host === row.host ? rest : { ...rest, host }),
  ]);
}

function startOf(list: readonly unknown[], row: Owner): StartFact {
  const [
    time,
    side,
    eventId,
    file,
    offset,
    origin,
    recordId,
    sourceTime,
    entityId,
    pid,
    executable,
    line,
    args,
    ...more
  ] = list;
  const [user, logonId, parentEntityId, parentPid, parentExecutable, parentCommandLine, rest] = more;
  const commandLine = optional<string>(line);
  const sideOf = nameAt(SIDES, side);
  return {
    kind: "start",
    host: row.host,
    time: timeOf(time),
    side: sideOf,
    source: sourceOf(Number(time), eventId, file, offset, origin, recordId, sourceTime),
    entityId: entityId === SAME ? row.entityId : optional(entityId),
    pid: optional(pid),
    executable: optional(executable),
    commandLine,
    args: args === SAME ? split(sideOf, commandLine) : optional(args),
    user: optional(user),
    logonId: optional(logonId),
    parentEntityId: optional(parentEntityId),
    parentPid: optional(parentPid),
    parentExecutable: optional(parentExecutable),
    parentCommandLine: optional(parentCommandLine),
    ...optional<object>(rest),
  };
}

function endList(fact: EndFact, row: Owner): readonly unknown[] {
  const { kind: _, host, time, side, source, entityId, pid, executable, exitCode, ...rest } = fact;
  return trimmed([
    time,
    SIDES.indexOf(side),
    ...sourceList(source, time),
    entityId === row.entityId ? SAME : entityId,
    pid,
    executable,
    exitCode,
    restOf(host === row.host ? rest : { ...rest, host }),
  ]);
}

function endOf(list: readonly unknown[], row: Owner): EndFact {
  const [time, side, eventId, file, offset, origin, recordId, sourceTime, entityId, pid, executable, exitCode, rest] =
    list;
  return {
    kind: "end",
    host: row.host,
    time: timeOf(time),
    side: nameAt(SIDES, side),
    source: sourceOf(Number(time), eventId, file, offset, origin, recordId, sourceTime),
    entityId: entityId === SAME ? row.entityId : optional(entityId),
    pid: optional(pid),
    executable: optional(executable),
    exitCode: optional(exitCode),
    ...optional<object>(rest),
  };
}

/** Takes six list items. */
function sourceList({ eventId, file, offset, recordId, ...rest }: SourceRef, time: number): readonly unknown[] {
  const { provider, channel, code, time: sourceTime } = rest;
  const origin = ORIGINS.findIndex(([one, two, three]) => one === provider && two === channel && three === code);
  return [
    eventId,
    file,
    offset,
    origin < 0 ? [provider ?? null, channel ?? null, code ?? null] : origin,
    recordId,
    sourceTime === isoTime(time) ? undefined : sourceTime,
  ];
}

function sourceOf(
  time: number,
  eventId: unknown,
  file: unknown,
  offset: unknown,
  origin: unknown,
  recordId: unknown,
  sourceTime: unknown,
): SourceRef {
  const [provider, channel, code] = typeof origin === "number" ? (ORIGINS[origin] ?? []) : (lists([origin])[0] ?? []);
  return {
    eventId: String(eventId),
    file: String(file),
    offset: optional(offset),
    provider: optional(provider),
    channel: optional(channel),
    code: optional(code),
    recordId: optional(recordId),
    time: optional(sourceTime) ?? isoTime(time),
  };
}

function isSplit({ side, args, commandLine }: StartFact): boolean {
  const parts = args === undefined ? undefined : split(side, commandLine);
  return parts !== undefined && parts.length === args?.length && parts.every((arg, index) => arg === args[index]);
}

function split(side: StartFact["side"], commandLine: string | undefined): string[] | undefined {
  if (commandLine === undefined) {
    return undefined;
  }
  return splitCommandLine(side, commandLine);
}

/** Without undefined values at its end. */
function trimmed(list: readonly unknown[]): readonly unknown[] {
  return list.slice(0, list.findLastIndex((value) => value !== undefined) + 1);
}

/** Undefined if all its values are. */
function restOf(rest: object): object | undefined {
  return Object.values(rest).every((value) => value === undefined) ? undefined : rest;
}

function timeOf(value: unknown): number {
  if (typeof value !== "number") {
    throw new Error("a record without a time");
  }
  return value;
}

/** A value written by the functions above. JSON turned an undefined one into null or dropped it. */
function optional<T>(value: unknown): T | undefined {
  return (value ?? undefined) as T | undefined;
}

function nameAt<T>(names: readonly T[], index: unknown): T {
  const name = names[Number(index)];
  if (name === undefined) {
    throw new Error("damaged row: unknown kind of process");
  }
  return name;
}

function lists(value: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(value) || !value.every(Array.isArray)) {
    throw new Error("damaged row: a process without facts");
  }
  return value;
}
