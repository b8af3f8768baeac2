import type { FieldValue } from "#contracts/event";
import { memoize } from "../../lib/memoize.ts";
import { canonicalAddress } from "../address.ts";
import { splitSysmonCommandLine } from "../command-line.ts";
import { baseName, directoryOf, extensionOf, isImage } from "../path.ts";
import { logonId, type MutableFields, NULL_SID, parseNumber, put, putAccount } from "../values.ts";
import type { WindowsEvent } from "../windows-event.ts";
import type { MapRecord, RecordType } from "./source.ts";

/**
 * The steps of which the table of a channel is made (docs/decisions/0047): each maps values of a record, and says which
 * fields it can produce, so that data-source coverage is derived from the table. Tables are compiled once, when they
 * are loaded.
 */
export interface Step {
  readonly produces: readonly string[];
  readonly map: MapRecord;
}

type Data = ReadonlyMap<string, string>;

/** What is known about records of a code, before their values. */
export type Meaning = Omit<RecordType, "map" | "produces">;

/** A record type of a table. */
export function record(meaning: Meaning, ...steps: readonly Step[]): RecordType {
  return { ...meaning, map: inOrder(steps), produces: steps.flatMap(({ produces }) => produces) };
}

/** Record types that mean the same. */
export function records(codes: readonly string[], type: RecordType): readonly (readonly [string, RecordType])[] {
  return codes.map((code) => [code, type] as const);
}

export function inOrder(steps: readonly Step[]): MapRecord {
  const maps = steps.map(({ map }) => map);
  return (fields, data, event) => {
    for (let at = 0; at < maps.length; at += 1) {
      maps[at]?.(fields, data, event);
    }
  };
}

/** A step of its own. */
export function step(produces: readonly string[], map: MapRecord): Step {
  return { produces, map };
}

/** The first of the values that a record has. */
function firstOf(data: Data, names: readonly string[]): string | undefined {
  for (let at = 0; at < names.length; at += 1) {
    const value = data.get(names[at] as string);
    if (value !== undefined && value !== "" && value !== "-") {
      return value;
    }
  }
  return undefined;
}

/** A field with one value, as `of` reads it; several names are spellings of different versions, the first wins. */
function one(field: string, from: readonly string[], of: (text: string) => FieldValue | undefined): Step {
  return step([field], (fields, data) => {
    const text = firstOf(data, from);
    const value = text === undefined ? undefined : of(text);
    if (value !== undefined) {
      fields[field] = value;
    }
  });
}

const unchanged = (text: string) => text;

export const text = (field: string, ...from: readonly string[]) => one(field, from, unchanged);
export const lowerCase = (field: string, ...from: readonly string[]) =>
  one(field, from, (value) => value.toLowerCase());
export const number = (field: string, ...from: readonly string[]) => one(field, from, parseNumber);
/** Terminal services write LOCAL for this host. */
export const localAddress = (field: string, ...from: readonly string[]) =>
  one(field, from, (value) => (value === "LOCAL" ? "127.0.0.1" : canonicalAddress(value)));
export const sid = (field: string, ...from: readonly string[]) =>
  one(field, from, (value) => (value === NULL_SID ? undefined : value));
export const session = (field: string, ...from: readonly string[]) => one(field, from, logonId);
/** The name of an account without the realm of a UPN. */
export const accountName = (field: string, ...from: readonly string[]) =>
  one(field, from, (value) => value.split("@", 1)[0] || undefined);
/** The meaning of a code by a table; codes that it lacks give no field. */
export const meaning = (field: string, table: ReadonlyMap<string, FieldValue>, ...from: readonly string[]) =>
  one(field, from, (value) => table.get(value) ?? table.get(value.toLowerCase()));
/** The names of the bits that are set. Records have few different values, so each is read once. */
export function flags(field: string, table: readonly (readonly [bit: number, name: string])[], from: string): Step {
  const namesOf = memoize((value): FieldValue | undefined => {
    const bits = parseNumber(String(value));
    const names = bits === undefined ? [] : table.filter(([bit]) => hasBit(bits, bit)).map(([, name]) => name);
    return names.length === 0 ? undefined : names;
  });
  return one(field, [from], namesOf);
}

/** Not by `&`, which has 32 bits with a sign. */
function hasBit(bits: number, bit: number): boolean {
  return Math.floor(bits / bit) % 2 === 1;
}

/** A value by its position: exporters name such values param1, param2, and so on, or leave them without names. */
export function param(field: string, position: number): Step {
  const name = `param${position}`;
  return step([field], (fields, data, { unnamed }) => put(fields, field, data.get(name) ?? unnamed[position - 1]));
}

/** The same in every record. */
export function constant(field: string, value: FieldValue): Step {
  return step([field], (fields) => {
    fields[field] = value;
  });
}

/** A URL, and the name of its host. */
export function url(...from: readonly string[]): Step {
  return step(["url.full", "url.domain"], (fields, data) => {
    const full = firstOf(data, from);
    put(fields, "url.full", full);
    put(
      fields,
      "url.domain",
      full === undefined ? undefined : /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]+)/i.exec(full)?.[1],
    );
  });
}

/** `DOMAIN\name` in one value. */
export function account(prefix: string, ...from: readonly string[]): Step {
  const name = `${prefix}.name`;
  const domain = `${prefix}.domain`;
  return step([name, domain], (fields, data) => putAccount(fields, name, domain, firstOf(data, from)));
}

/** A program by its path. */
export function program(prefix: "process" | "process.parent", ...from: readonly string[]): Step {
  const executable = `${prefix}.executable`;
  const name = `${prefix}.name`;
  return step([executable, name], (fields, data) => {
    const path = firstOf(data, from);
    if (path !== undefined && isImage(path)) {
      fields[executable] = path;
      fields[name] = baseName(path);
    }
  });
}

/** The pid of the process that acted; 0 means that there is none. */
export function actorPid(...from: readonly string[]): Step {
  return one("process.pid", from, (value) => parseNumber(value) || undefined);
}

/** The process that logged the record itself, as PowerShell does. */
export const ownPid = step(["process.pid"], (fields, _data, { servicePid }: WindowsEvent) => {
  if (servicePid !== undefined && servicePid !== 0) {
    fields["process.pid"] = servicePid;
  }
});

/** The account of the process that logged the record itself. */
export const ownUser = step(["user.id"], (fields, _data, { serviceSid }: WindowsEvent) => {
  put(fields, "user.id", serviceSid);
});

export const commandLineFields = ["process.command_line", "process.args", "process.args_count"];

/** A host of PowerShell writes the same command line with each command that it runs, often thousands of characters. */
let lastSplit = { commandLine: "", args: splitSysmonCommandLine("") };

export function putCommandLine(fields: MutableFields, commandLine: string | undefined): void {
  if (commandLine !== undefined && commandLine !== "" && commandLine !== "-") {
    if (lastSplit.commandLine !== commandLine) {
      lastSplit = { commandLine, args: splitSysmonCommandLine(commandLine) };
    }
    const { args } = lastSplit;
    fields["process.command_line"] = commandLine;
    fields["process.args"] = args;
    fields["process.args_count"] = args.length;
  }
}

export const fileFields = ["file.path", "file.name", "file.directory", "file.extension"];

export function putFile(fields: MutableFields, path: string | undefined): void {
  if (path === undefined || path === "" || path === "-") {
    return;
  }
  const name = baseName(path);
  fields["file.path"] = path;
  fields["file.name"] = name;
  put(fields, "file.directory", directoryOf(path));
  put(fields, "file.extension", extensionOf(name));
}

export function file(...from: readonly string[]): Step {
  return step(fileFields, (fields, data) => putFile(fields, firstOf(data, from)));
}
