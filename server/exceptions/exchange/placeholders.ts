import type { Fields } from "#contracts/event";
import { valuesOf } from "../../event/event.ts";

/** Kinds of names that do not leave the house, by the fields that have them. */
const kinds = [
  ["HOST", ["host.name", "host.hostname", "winlog.computer_name", "source.domain", "destination.domain"]],
  ["USER", ["user.name", "user.effective.name", "user.target.name", "winlog.event_data.TargetUserName"]],
  ["DOMAIN", ["user.domain", "user.effective.domain", "host.domain", "winlog.event_data.TargetDomainName"]],
  ["IP", ["host.ip", "source.ip", "destination.ip"]],
] as const;
type Kind = (typeof kinds)[number][0];

/** The same everywhere, and part of what a rule's authors need to see. */
const common: ReadonlySet<string> = new Set(
  ["system", "local service", "network service", "nt authority", "nt-autorität", "builtin", "font driver host"].concat([
    "window manager",
    "anonymous logon",
    "localhost",
    "127.0.0.1",
    "::1",
    "0.0.0.0",
    "workgroup",
    "root",
    "public",
    "default",
  ]),
);

/** Shorter names occur within other words by chance. */
const shortest = 2;

/**
 * Replaces the names of hosts, users, domains and addresses by placeholders: the same name by the same one, in every
 * text. Names come from the fields of events, user folders, shares and addresses in command lines.
 */
export function createPlaceholders(events: readonly Fields[]): (text: string) => string {
  const names = new Map<string, string>();
  const counts = new Map<Kind, number>();
  const add = (kind: Kind, value: string) => {
    const key = value.toLowerCase();
    if (key.length < shortest || common.has(key) || names.has(key) || /^s-1-|^window manager|^dwm-|^umfd-/.test(key)) {
      return;
    }
    const next = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, next);
    names.set(key, `${kind}-${next}`);
  };
  for (const fields of events) {
    for (const [kind, list] of kinds) {
      for (const value of list.flatMap((field) => valuesOf(fields, field).map(String))) {
        add(kind, value);
        addParts(kind, value, add);
      }
    }
    for (const field of Object.keys(fields)) {
      for (const value of valuesOf(fields, field).map(String)) {
        addWithin(value, add);
      }
    }
  }
  const longestFirst = [...names].toSorted(([left], [right]) => right.length - left.length || (left < right ? -1 : 1));
  return (text) => replaceAll(text, longestFirst);
}

type Add = (kind: Kind, value: string) => void;

/** The short name and the domain of a full host name, and the account without the `$` of a computer. */
function addParts(kind: Kind, value: string, add: Add): void {
  const dot = value.indexOf(".");
  if (kind === "HOST" && dot > 0) {
    add("HOST", value.slice(0, dot));
    add("DOMAIN", value.slice(dot + 1));
  }
  if (kind === "USER" && value.endsWith("$")) {
    add("HOST", value.slice(0, -1));
  }
}

function addWithin(value: string, add: Add): void {
  for (const [, name = ""] of value.matchAll(/\\Users\\([^\\/:*?"<>|]{2,60})\\/gi)) {
    add("USER", name);
  }
  for (const [, name = ""] of value.matchAll(/(?:^|[\s"'=])\\\\([A-Za-z0-9][A-Za-z0-9.-]{1,250})\\/g)) {
    add("HOST", name);
  }
  for (const [address] of value.matchAll(/(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])/g)) {
    add("IP", address);
  }
}

/** Occurrences of whole names in any case. */
function replaceAll(text: string, names: readonly (readonly [name: string, placeholder: string])[]): string {
  const folded = text.toLowerCase();
  // Some characters have another length in lower case: offsets would not fit.
  if (folded.length !== text.length) {
    return names.reduce((all, [name, placeholder]) => all.split(name).join(placeholder), text);
  }
  const taken: { readonly start: number; readonly end: number; readonly placeholder: string }[] = [];
  for (const [name, placeholder] of names) {
    for (let at = folded.indexOf(name); at !== -1; at = folded.indexOf(name, at + name.length)) {
      const end = at + name.length;
      const isWhole = !isWordCharacter(folded[at - 1]) && !isWordCharacter(folded[end]);
      if (isWhole && !taken.some((one) => one.start < end && at < one.end)) {
        taken.push({ start: at, end, placeholder });
      }
    }
  }
  let result = "";
  let at = 0;
  for (const { start, end, placeholder } of taken.toSorted((left, right) => left.start - right.start)) {
    result += text.slice(at, start) + placeholder;
    at = end;
  }
  return result + text.slice(at);
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
