/**
 * Accounts that Windows has on every host under the same name and SID. They identify nobody: an account of this kind is
 * one only within its host. See docs/decisions/0050.
 */

/** What Windows writes in place of the name or the SID of no account. */
const NOBODY = "null sid";

/** Well-known SIDs: https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers */
const ROLE_OF_SID: ReadonlyMap<string, string> = new Map([
  ["s-1-0-0", NOBODY],
  ["s-1-5-7", "nt authority\\anonymous logon"],
  ["s-1-5-17", "nt authority\\iusr"],
  ["s-1-5-18", "nt authority\\system"],
  ["s-1-5-19", "nt authority\\local service"],
  ["s-1-5-20", "nt authority\\network service"],
]);

/** Services, application pools, virtual machines, tasks, the window manager, the font driver. */
const VIRTUAL_SID = /^s-1-5-(?:80|82|83|87|90|96)-/;

/** The domain of the built-in accounts as Windows translates it. */
const AUTHORITIES: ReadonlySet<string> = new Set([
  "nt authority",
  "nt-autorität",
  "autorite nt",
  "autorité nt",
  "autoridad nt",
  "autoridade nt",
  "autorità nt",
  "nt instans",
  "nt-instans",
  "nt-myndighet",
  "nt-myndighed",
  "zarządzanie nt",
]);

/** Domains that contain only virtual accounts. */
const VIRTUAL_DOMAINS: ReadonlySet<string> = new Set([
  "nt service",
  "nt virtual machine",
  "nt task",
  "iis apppool",
  "window manager",
  "font driver host",
]);

/** Translated names, without accents. */
const ROLE_OF_NAME: ReadonlyMap<string, string> = new Map([
  ["system", "system"],
  ["systeme", "system"],
  ["sistema", "system"],
  ["система", "system"],
  ["local service", "local service"],
  ["service local", "local service"],
  ["servicio local", "local service"],
  ["servizio locale", "local service"],
  ["servico local", "local service"],
  ["lokaler dienst", "local service"],
  ["network service", "network service"],
  ["service reseau", "network service"],
  ["servicio de red", "network service"],
  ["servizio di rete", "network service"],
  ["servico de rede", "network service"],
  ["netzwerkdienst", "network service"],
  ["anonymous logon", "anonymous logon"],
  ["anonymous-anmeldung", "anonymous logon"],
  ["anonymous login", "anonymous logon"],
]);

/** The role of SYSTEM, which a host has in its domain under the name of its computer account. */
export const SYSTEM_ROLE = "nt authority\\system";

/** The parts of a user key. A user principal name (`name@domain`) has the same parts as `domain\name`. */
export interface KeyParts {
  readonly kind: "name" | "upn" | "sid";
  readonly name: string;
  readonly domain: string | undefined;
}

export function partsOf(userKey: string): KeyParts {
  const slash = userKey.indexOf("\\");
  if (slash >= 0) {
    return { kind: "name", name: userKey.slice(slash + 1), domain: userKey.slice(0, slash) };
  }
  if (/^s-1-\d/.test(userKey)) {
    return { kind: "sid", name: userKey, domain: undefined };
  }
  const at = userKey.lastIndexOf("@");
  return at > 0 && at < userKey.length - 1
    ? { kind: "upn", name: userKey.slice(0, at), domain: userKey.slice(at + 1) }
    : { kind: "name", name: userKey, domain: undefined };
}

/** Whether a SID is one of an account of a domain, a machine or a directory, and of no other. */
export function isPersonalSid(sid: string): boolean {
  return /^s-1-(?:5-21|12-1)-/i.test(sid);
}

/** Whether a SID is that of an account that every host has. */
export function isBuiltInSid(sid: string): boolean {
  return ROLE_OF_SID.has(sid.toLowerCase()) || VIRTUAL_SID.test(sid.toLowerCase());
}

/**
 * What an account is on its host (`nt authority\system`), if it is one that every host has; undefined for all others.
 * The SID is one that records gave this name. It decides where the name is in a language that is not known here, but
 * only in a domain that cannot be one of a network: collectors write the SID of their own service beside other names.
 */
export function builtInRole(userKey: string, sid?: string): string | undefined {
  const { kind, name, domain } = partsOf(userKey);
  if (kind === "sid") {
    return ROLE_OF_SID.get(userKey) ?? (VIRTUAL_SID.test(userKey) ? userKey : undefined);
  }
  if (name.endsWith("$")) {
    return undefined;
  }
  if (name === NOBODY && (domain === undefined || domain === "" || domain === "-")) {
    return NOBODY;
  }
  if (domain !== undefined && VIRTUAL_DOMAINS.has(domain)) {
    return userKey;
  }
  if (domain !== undefined && /^(?:dwm|umfd)-\d+$/.test(name)) {
    return `${name.startsWith("dwm") ? "window manager" : "font driver host"}\\${name}`;
  }
  const translated = ROLE_OF_NAME.get(name.normalize("NFD").replaceAll(/\p{Mn}/gu, ""));
  if (domain !== undefined && AUTHORITIES.has(domain)) {
    return `nt authority\\${translated ?? name}`;
  }
  if (sid !== undefined && isBuiltInSid(sid) && (domain === undefined || !isNetworkDomain(domain))) {
    return ROLE_OF_SID.get(sid) ?? userKey;
  }
  return domain === undefined && translated !== undefined ? `nt authority\\${translated}` : undefined;
}

/** NetBIOS and DNS names; the translated names of authorities contain blanks or other letters. */
function isNetworkDomain(domain: string): boolean {
  return /^[a-z0-9._-]+$/.test(domain);
}

/** Why an account of this kind is of one host only, as a sentence. */
export function builtInReason(role: string): string {
  if (role === SYSTEM_ROLE) {
    return "Every host has its own SYSTEM; on the network it is the computer account.";
  }
  if (role === "nt authority\\anonymous logon" || role === NOBODY) {
    return "A logon without an account: it identifies nobody, on no host.";
  }
  return "Windows has this account on every host; it is no person, and not the same on another host.";
}
