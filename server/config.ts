import { isIP } from "node:net";
import { availableParallelism, userInfo } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Problem } from "#contracts/problem";
import { type OidcSettings, oidcOf, oidcProblem, oidcShape } from "./config/oidc.ts";
import { collectSettings, describeSource, type GivenSetting, placeOf } from "./config/sources.ts";
import type { ArchiveLimits } from "./ingest/archives/limits.ts";
import { fail, ok, type Result } from "./lib/result.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const MiB = 1024 * 1024;

/** A whole number in a range, as the text of an environment variable or flag. */
function wholeNumber(smallest: number, largest: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(smallest, `must be at least ${smallest}`).max(largest, `must be at most ${largest}`));
}

const whole = (smallest: number, largest: number, fallback: number) => wholeNumber(smallest, largest).default(fallback);

const list = z.string().transform((text) => text.split(",").map((part) => part.trim()));

const folders = list.pipe(z.array(z.string().min(1, "must name folders, separated by commas")));

/** An address, or a network such as 10.0.0.0/8. */
const network = z.string().refine(isNetwork, "must be addresses or networks such as 10.0.0.0/8, separated by commas");

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    more.length === 0 && bits > 0 && (prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))
  );
}

const hostName = z.string().regex(/^[A-Za-z0-9._:[\]-]{1,253}$/, "must be a host name or address");

/**
 * Every setting by its name in the environment: default, meaning and limits. Flags and the configuration file set the
 * same values; see `config/sources.ts`. Nothing else reads the environment.
 */
const settings = z.object({
  /** A TOML file of settings; absent: none is read. See docs/decisions/0036. */
  STEMMA_CONFIG: z.string().min(1).optional(),
  /** The store: a file, `file:` and a path, or a Neo4j at `neo4j://HOST:PORT` or `bolt://HOST:PORT`. */
  STEMMA_STORE: z
    .string()
    .min(1)
    .refine((text) => !/^[a-z0-9+]+:\/\/[^/]*@/i.test(text), {
      error: "must not hold a password: set STEMMA_NEO4J_USER and STEMMA_NEO4J_PASSWORD",
    })
    .default("stemma.db"),
  STEMMA_NEO4J_USER: z.string().min(1).default("neo4j"),
  STEMMA_NEO4J_PASSWORD: z.string().min(1).optional(),
  /** Absent: the home database of the user. */
  STEMMA_NEO4J_DATABASE: z.string().min(1).max(63).optional(),
  STEMMA_HOST: hostName.default("127.0.0.1"),
  /** 0 is any free port. */
  STEMMA_PORT: whole(0, 65_535, 4800),
  /** Other host names of the server, such as that of a reverse proxy, separated by commas. */
  STEMMA_HOSTNAMES: list.pipe(z.array(hostName)).optional(),
  /** The address of the server behind a proxy. With https the cookie is `Secure`. */
  STEMMA_URL: z.url({ protocol: /^https?$/, error: "must be an http or https address" }).optional(),
  /** Certificate chain and private key in PEM: the server itself speaks https. */
  STEMMA_TLS_CERT: z.string().min(1).optional(),
  STEMMA_TLS_KEY: z.string().min(1).optional(),
  /** Addresses and networks of proxies. Only they can say for whom and how they ask (`X-Forwarded-*`). */
  STEMMA_PROXIES: list.pipe(z.array(network)).optional(),
  /** Where `/metrics` is open to every program of this machine; absent: see docs/decisions/0036. */
  STEMMA_METRICS_PORT: wholeNumber(0, 65_535).optional(),
  /** Folders of rules and playbooks, separated by commas. */
  STEMMA_RULES: folders.optional(),
  STEMMA_PLAYBOOKS: folders.optional(),
  /** Folders below which rule folders can be added in the workbench; absent: none can be added. */
  STEMMA_RULE_ROOTS: folders.optional(),
  /** The actor in the audit trail. Default: the user name of the operating system. */
  STEMMA_ANALYST: z.string().trim().min(1).max(100).optional(),
  /** Absent: `info` for a log in a file or as the only output, otherwise `warn`. */
  STEMMA_LOG: z.enum(["silent", "error", "warn", "info", "debug"]).optional(),
  /** The file of the log; `-`: standard error, and the server prints nothing else. */
  STEMMA_LOG_FILE: z.string().min(1).optional(),
  /** Seconds that requests in progress get to finish when the server stops. */
  STEMMA_STOP_SECONDS: whole(0, 3600, 10),
  /** Searches, dry runs and reports that run at once; by default as many as processors, 2 to 4. */
  STEMMA_WORKERS: wholeNumber(2, 32).optional(),
  /** Hours after which a session ends, used or not. */
  STEMMA_SESSION_HOURS: whole(1, 24 * 31, 12),
  /** Hours after which a session ends if it is not used. */
  STEMMA_SESSION_IDLE_HOURS: whole(1, 24 * 31, 4),
  ...oidcShape,
  /** `off`: an empty store is not filled with the bundled sample. */
  STEMMA_SAMPLE: z.enum(["on", "off"]).default("on"),
  /** `on`: every response of the API is checked against its schema. For development and tests. */
  STEMMA_CHECK_ANSWERS: z.enum(["on", "off"]).default("off"),
  STEMMA_ARCHIVE_ENTRIES: whole(1, 10_000_000, 100_000),
  /** Bytes of one archive member after unpacking. */
  STEMMA_ARCHIVE_MEMBER_BYTES: whole(1, Number.MAX_SAFE_INTEGER, 8 * 1024 * MiB),
  STEMMA_ARCHIVE_TOTAL_BYTES: whole(1, Number.MAX_SAFE_INTEGER, 32 * 1024 * MiB),
  /** Unpacked bytes per packed byte. */
  STEMMA_ARCHIVE_RATIO: whole(1, 100_000, 1_000),
  STEMMA_ARCHIVE_DEPTH: whole(1, 16, 3),
  /** Events and join keys that rules over several events can hold, at about 200 bytes each. */
  STEMMA_SEQUENCE_MEMORY: whole(100, 100_000_000, 300_000),
});

export type Setting = keyof typeof settings.shape;

/** Settings that no message shows, and that can stand in a file of their own: `STEMMA_NEO4J_PASSWORD_FILE`. */
const secrets: readonly Setting[] = ["STEMMA_NEO4J_PASSWORD", "STEMMA_OIDC_CLIENT_SECRET"];

/** Former names that are still read. The current name takes precedence. */
const formerNames: Readonly<Record<string, Setting>> = { STEMMA_PERSON: "STEMMA_ANALYST" };

export interface Config {
  readonly store: string;
  /** For a Neo4j store. The password never appears in a log or a message. */
  readonly neo4j: {
    readonly user: string;
    readonly password: string | undefined;
    readonly database: string | undefined;
  };
  readonly host: string;
  readonly port: number;
  readonly hostNames: readonly string[];
  readonly url: string | undefined;
  /** Files of the certificate chain and its private key. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  /** Whose `X-Forwarded-*` headers count. */
  readonly proxies: readonly string[];
  readonly metricsPort: number | undefined;
  readonly ruleFolders: readonly string[];
  readonly playbookFolders: readonly string[];
  /** Rule folders must be at or below one of these. */
  readonly ruleRoots: readonly string[];
  readonly analyst: string;
  readonly logLevel: "silent" | "error" | "warn" | "info" | "debug";
  /** A path, `-` for standard error, or absent. */
  readonly logFile: string | undefined;
  readonly stopMilliseconds: number;
  readonly sessionMilliseconds: number;
  readonly sessionIdleMilliseconds: number;
  /** Threads for heavy work. */
  readonly workers: number;
  /** Absent: people have local accounts only. */
  readonly oidc: OidcSettings | undefined;
  readonly sample: boolean;
  readonly checkResponses: boolean;
  readonly archive: ArchiveLimits;
  readonly sequenceMemory: number;
  /** The folder of the built web app. */
  readonly web: string;
  /** What was set, and where: for `stemma doctor`. Secrets are masked. */
  readonly given: readonly { readonly name: Setting; readonly value: string; readonly source: string }[];
  /** What is allowed but unwise. */
  readonly warnings: readonly Problem[];
}

function osUser(): string {
  try {
    return userInfo().username || "analyst";
  } catch {
    // A container may run under a user id that has no entry.
    return "analyst";
  }
}

/**
 * Reads the settings: flags before environment variables before the configuration file before defaults. Reports all
 * problems at once, each with the name of its setting. Relative paths start at `directory`; in a configuration file, at
 * its folder.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Partial<Record<Setting, string>>> = {},
  directory: string = process.cwd(),
): Result<Config, readonly Problem[]> {
  const names = { settings: settings.keyof().options, secrets, former: formerNames, file: "STEMMA_CONFIG" as const };
  const { given, problems: unusable, warnings } = collectSettings(names, environment, flags, directory);
  const parsed = settings.safeParse(Object.fromEntries([...given].map(([name, { text }]) => [name, text])));
  const problems: Problem[] = [
    ...unusable,
    ...(parsed.success ? [] : parsed.error.issues.map((issue) => invalid(String(issue.path[0]), issue.message, given))),
  ];
  if (given.has("STEMMA_TLS_CERT") !== given.has("STEMMA_TLS_KEY")) {
    const missing = given.has("STEMMA_TLS_CERT") ? "STEMMA_TLS_KEY" : "STEMMA_TLS_CERT";
    problems.push(invalid(missing, "must be set too: a certificate needs its private key", given));
  }
  const incomplete = parsed.success ? oidcProblem(parsed.data) : undefined;
  if (incomplete !== undefined) {
    problems.push(invalid(...incomplete, given));
  }
  if (!parsed.success || problems.length > 0) {
    return fail(problems);
  }
  const pathOf = (name: Setting) => (text: string) =>
    isAbsolute(text) ? text : resolve(given.get(name)?.base ?? directory, text);
  return ok(
    Object.freeze({
      ...configOf(parsed.data, pathOf),
      given: [...given].map(([name, { text, source }]) => ({
        name,
        value: secrets.includes(name) ? "(secret)" : text,
        source: describeSource(source),
      })),
      warnings,
    }),
  );
}

function invalid(name: string, message: string, given: ReadonlyMap<Setting, GivenSetting>): Problem {
  const source = given.get(name as Setting)?.source;
  return { code: "config.invalid", message: `${name}: ${message}`, at: placeOf(name, source) };
}

function configOf(
  value: z.output<typeof settings>,
  pathOf: (name: Setting) => (text: string) => string,
): Omit<Config, "given" | "warnings"> {
  const { STEMMA_TLS_CERT: certificate, STEMMA_TLS_KEY: key } = value;
  const ruleFolders = (value.STEMMA_RULES ?? [resolve(repository, "rules")]).map(pathOf("STEMMA_RULES"));
  return {
    store: storePath(value.STEMMA_STORE, pathOf("STEMMA_STORE")),
    neo4j: Object.freeze({
      user: value.STEMMA_NEO4J_USER,
      password: value.STEMMA_NEO4J_PASSWORD,
      database: value.STEMMA_NEO4J_DATABASE,
    }),
    host: value.STEMMA_HOST,
    port: value.STEMMA_PORT,
    hostNames: value.STEMMA_HOSTNAMES ?? [],
    url: value.STEMMA_URL,
    tls:
      certificate === undefined || key === undefined
        ? undefined
        : { certificate: pathOf("STEMMA_TLS_CERT")(certificate), key: pathOf("STEMMA_TLS_KEY")(key) },
    proxies: value.STEMMA_PROXIES ?? [],
    metricsPort: value.STEMMA_METRICS_PORT,
    ruleFolders,
    playbookFolders: (value.STEMMA_PLAYBOOKS ?? [resolve(repository, "playbooks")]).map(pathOf("STEMMA_PLAYBOOKS")),
    ruleRoots: (value.STEMMA_RULE_ROOTS ?? []).map(pathOf("STEMMA_RULE_ROOTS")),
    analyst: value.STEMMA_ANALYST ?? osUser(),
    logLevel: value.STEMMA_LOG ?? (value.STEMMA_LOG_FILE === undefined ? "warn" : "info"),
    logFile: value.STEMMA_LOG_FILE === "-" ? "-" : mapped(value.STEMMA_LOG_FILE, pathOf("STEMMA_LOG_FILE")),
    stopMilliseconds: value.STEMMA_STOP_SECONDS * 1000,
    sessionMilliseconds: value.STEMMA_SESSION_HOURS * 3_600_000,
    sessionIdleMilliseconds: value.STEMMA_SESSION_IDLE_HOURS * 3_600_000,
    oidc: oidcOf(value),
    sample: value.STEMMA_SAMPLE === "on",
    checkResponses: value.STEMMA_CHECK_ANSWERS === "on",
    workers: value.STEMMA_WORKERS ?? Math.min(Math.max(availableParallelism(), 2), 4),
    sequenceMemory: value.STEMMA_SEQUENCE_MEMORY,
    archive: Object.freeze({
      entries: value.STEMMA_ARCHIVE_ENTRIES,
      memberBytes: value.STEMMA_ARCHIVE_MEMBER_BYTES,
      totalBytes: value.STEMMA_ARCHIVE_TOTAL_BYTES,
      ratio: value.STEMMA_ARCHIVE_RATIO,
      depth: value.STEMMA_ARCHIVE_DEPTH,
    }),
    web: resolve(repository, "web", "dist"),
  };
}

function mapped<T>(value: T | undefined, map: (value: T) => T): T | undefined {
  return value === undefined ? undefined : map(value);
}

function storePath(text: string, path: (text: string) => string): string {
  // An address (`neo4j://…`) is opened or refused by the composition root.
  if (/^[a-z][a-z0-9+]+:\/\//.test(text)) {
    return text;
  }
  return path(text.startsWith("file:") ? text.slice("file:".length) : text);
}
