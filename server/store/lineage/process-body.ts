import type { SourceRef } from "#contracts/event";
import { eventSourceNames } from "#contracts/event-source";
import { splitCommandLine } from "../../event/command-line.ts";
import { isoTime } from "../../event/time.ts";
import type { EndFact, StartFact } from "../../lineage/facts.ts";
import type { ProcessRow } from "../../lineage/process-row.ts";

/**
 * What a store keeps of a process beside its columns, as one text. Opening an alert reads some two hundred of them, so
 * they are short and quick to read: lists in a fixed order instead of names, nothing that the row or the rest of the text
 * says already, and whatever is rare (`rest`) as an object at the end.
 */
type Body = Pick<ProcessRow, "kind" | "entityId" | "facts" | "exit" | "parent">;
type Owner = Pick<ProcessRow, "host" | "entityId">;

const KINDS = ["entity", "start", "placeholder"] as const satisfies readonly ProcessRow["kind"][];
const SIDES = ["agent", "security"] as const satisfies readonly StartFact["side"][];

const { sysmon, security } = eventSourceNames;

/** Where nearly all records of starts and ends come from. Databases hold positions in this list: only append to it. */
const ORIGINS: readonly (readonly [provider: string, channel: string, code: string])[] = [
  [sysmon.provider, sysmon.channel, "1"],
  [sysmon.provider, sysmon.channel, "5"],
  [security.provider, security.channel, "4688"],
  [security.provider, security.channel, "4689"],
];

/** Stands for "the same as the row says", or "what the command line splits into". */
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

/** Throws on a text that was damaged. */
export function readBody(text: string, host: string): Body {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) {
    return named(value);
  }
  const [kind, id, starts, ends, exit, parent, rest] = value as readonly unknown[];
  const entityId = kept<string>(id);
  const owner = { host, entityId };
  return {
    kind: known(KINDS, kind),
    entityId,
    facts: {
      starts: lists(starts).map((list) => startOf(list, owner)),
      ends: lists(ends).map((list) => endOf(list, owner)),
      ...withCurrentNames(kept<object>(rest) ?? {}),
    },
    exit: exit === undefined || exit === null ? undefined : endOf(lists([exit])[0] ?? [], owner),
    parent: kept(parent),
  };
}

/** The form of databases that were written before there were lists: the values by their names. */
function named(value: unknown): Body {
  const body = value as Body;
  if (!Array.isArray(body?.facts?.starts) || !Array.isArray(body.facts.ends)) {
    throw new Error("damaged row: a process without facts");
  }
  return { ...body, facts: withCurrentNames(body.facts) };
}

/** Names that rare facts had in databases written before they were renamed. */
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
  const [time, side, eventId, file, offset, origin, recordId, said, entityId, pid, executable, line, args, ...more] =
    list;
  const [user, logonId, parentEntityId, parentPid, parentExecutable, parentCommandLine, rest] = more;
  const commandLine = kept<string>(line);
  const sideOf = known(SIDES, side);
  return {
    kind: "start",
    host: row.host,
    time: Number(time),
    side: sideOf,
    source: sourceOf(Number(time), eventId, file, offset, origin, recordId, said),
    entityId: entityId === SAME ? row.entityId : kept(entityId),
    pid: kept(pid),
    executable: kept(executable),
    commandLine,
    args: args === SAME ? split(sideOf, commandLine) : kept(args),
    user: kept(user),
    logonId: kept(logonId),
    parentEntityId: kept(parentEntityId),
    parentPid: kept(parentPid),
    parentExecutable: kept(parentExecutable),
    parentCommandLine: kept(parentCommandLine),
    ...kept<object>(rest),
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
  const [time, side, eventId, file, offset, origin, recordId, said, entityId, pid, executable, exitCode, rest] = list;
  return {
    kind: "end",
    host: row.host,
    time: Number(time),
    side: known(SIDES, side),
    source: sourceOf(Number(time), eventId, file, offset, origin, recordId, said),
    entityId: entityId === SAME ? row.entityId : kept(entityId),
    pid: kept(pid),
    executable: kept(executable),
    exitCode: kept(exitCode),
    ...kept<object>(rest),
  };
}

/** Six places. */
function sourceList({ eventId, file, offset, recordId, ...rest }: SourceRef, time: number): readonly unknown[] {
  const { provider, channel, code, time: said } = rest;
  const origin = ORIGINS.findIndex(([one, two, three]) => one === provider && two === channel && three === code);
  return [
    eventId,
    file,
    offset,
    origin < 0 ? [provider ?? null, channel ?? null, code ?? null] : origin,
    recordId,
    said === isoTime(time) ? undefined : said,
  ];
}

function sourceOf(
  time: number,
  eventId: unknown,
  file: unknown,
  offset: unknown,
  origin: unknown,
  recordId: unknown,
  said: unknown,
): SourceRef {
  const [provider, channel, code] = typeof origin === "number" ? (ORIGINS[origin] ?? []) : (lists([origin])[0] ?? []);
  return {
    eventId: String(eventId),
    file: String(file),
    offset: kept(offset),
    provider: kept(provider),
    channel: kept(channel),
    code: kept(code),
    recordId: kept(recordId),
    time: kept(said) ?? isoTime(time),
  };
}

function isSplit({ side, args, commandLine }: StartFact): boolean {
  const own = args === undefined ? undefined : split(side, commandLine);
  return own !== undefined && own.length === args?.length && own.every((arg, index) => arg === args[index]);
}

function split(side: StartFact["side"], commandLine: string | undefined): string[] | undefined {
  if (commandLine === undefined) {
    return undefined;
  }
  return splitCommandLine(side, commandLine);
}

/** Without what is missing at its end. */
function trimmed(list: readonly unknown[]): readonly unknown[] {
  return list.slice(0, list.findLastIndex((value) => value !== undefined) + 1);
}

/** Undefined when nothing is in it. */
function restOf(rest: object): object | undefined {
  return Object.values(rest).every((value) => value === undefined) ? undefined : rest;
}

/** A value that was written by the functions above; what was missing came back as null or not at all. */
function kept<T>(value: unknown): T | undefined {
  return (value ?? undefined) as T | undefined;
}

function known<T>(names: readonly T[], place: unknown): T {
  const name = names[Number(place)];
  if (name === undefined) {
    throw new Error("damaged row: a process of no known kind");
  }
  return name;
}

function lists(value: unknown): readonly (readonly unknown[])[] {
  if (!Array.isArray(value) || !value.every(Array.isArray)) {
    throw new Error("damaged row: a process without facts");
  }
  return value;
}
