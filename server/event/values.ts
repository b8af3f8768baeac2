import type { FieldValue } from "#contracts/event";

/** Fields under construction. They have no prototype, so that a field named `__proto__` is data like any other. */
export type MutableFields = Record<string, FieldValue>;

export function emptyFields(): MutableFields {
  return Object.create(null) as MutableFields;
}

/** Sets a field unless the value is absent, empty or a dash, which Windows writes for "no value". */
export function put(fields: MutableFields, name: string, value: string | undefined): void {
  if (value !== undefined && value !== "" && value !== "-") {
    fields[name] = value;
  }
}

/** Excludes `1e3`, `0b11` and `100.0`, which no log writes. */
const PLAIN_NUMBER = /^\s*(?:0x[0-9a-f]+|\d+)\s*$/i;

/** A number written in decimal or as `0x…`; anything else is `undefined`. */
export function parseNumber(text: string | undefined): number | undefined {
  if (text === undefined || text === "" || text === "-") {
    return undefined;
  }
  const value = Number(text);
  return Number.isSafeInteger(value) && PLAIN_NUMBER.test(text) ? value : undefined;
}

export function putNumber(fields: MutableFields, name: string, text: string | undefined): void {
  const value = parseNumber(text);
  if (value !== undefined) {
    fields[name] = value;
  }
}

/** A process GUID in upper case, with braces; `undefined` for the zeros that stand for an unknown process. */
export function entityId(text: string | undefined): string | undefined {
  if (text === undefined || text.length < 2 || text.startsWith("{00000000-0000-0000-0000-0000")) {
    return undefined;
  }
  return text.toUpperCase();
}

/** A logon id as `0x` and lower-case hex without leading zeros; `undefined` when it is not a number. */
export function logonId(text: string | undefined): string | undefined {
  if (text === undefined || text === "" || text === "-") {
    return undefined;
  }
  if (text.startsWith("0x") || text.startsWith("0X")) {
    let at = 2;
    while (at < text.length - 1 && text.charCodeAt(at) === 0x30) {
      at += 1;
    }
    return `0x${text.slice(at).toLowerCase()}`;
  }
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? `0x${value.toString(16)}` : undefined;
}

/** Splits `DOMAIN\name` at the first backslash. */
export function putAccount(fields: MutableFields, name: string, domain: string, account: string | undefined): void {
  if (account === undefined || account === "" || account === "-") {
    return;
  }
  const at = account.indexOf("\\");
  if (at < 0) {
    fields[name] = account;
    return;
  }
  put(fields, domain, account.slice(0, at));
  put(fields, name, account.slice(at + 1));
}

/** The SID Windows writes where there is no account. */
export const NULL_SID = "S-1-0-0";

const hostNames = new Map<string, string>();
const HOST_CACHE_LIMIT = 10_000;

/** `host.name`: the name of the computer in lower case, without the dot of the DNS root (`ws6.corp.example.`). */
export function hostName(computer: string): string {
  const known = hostNames.get(computer);
  if (known !== undefined) {
    return known;
  }
  if (hostNames.size >= HOST_CACHE_LIMIT) {
    hostNames.clear();
  }
  const given = computer.trim().toLowerCase();
  const name = given.length > 1 && given.endsWith(".") ? given.slice(0, -1) : given;
  hostNames.set(computer, name);
  return name;
}
