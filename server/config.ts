import { userInfo } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Problem } from "#contracts/problem";
import type { ArchiveLimits } from "./ingest/archives/limits.ts";
import { fail, ok, type Result } from "./lib/result.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const MiB = 1024 * 1024;

/** A whole number in a range, as the text of an environment variable or flag. */
function whole(smallest: number, largest: number, fallback: number) {
  return z
    .string()
    .regex(/^\d{1,15}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(smallest, `must be at least ${smallest}`).max(largest, `must be at most ${largest}`))
    .default(fallback);
}

const folders = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()))
  .pipe(z.array(z.string().min(1, "must name folders, separated by commas")));

const hostName = z.string().regex(/^[A-Za-z0-9._:[\]-]{1,253}$/, "must be a host name or address");

/**
 * Every setting by its name in the environment: default, meaning and limits. Flags set the same values and take
 * precedence. Nothing else reads the environment.
 */
const settings = z.object({
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
  STEMMA_HOSTNAMES: z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .pipe(z.array(hostName))
    .optional(),
  /** The address of the server behind a proxy. With https the cookie is `Secure`. */
  STEMMA_URL: z.url({ protocol: /^https?$/, error: "must be an http or https address" }).optional(),
  /** Folders of rules and playbooks, separated by commas. */
  STEMMA_RULES: folders.optional(),
  STEMMA_PLAYBOOKS: folders.optional(),
  /** The actor in the audit trail. Default: the user name of the operating system. */
  STEMMA_ANALYST: z.string().trim().min(1).max(100).optional(),
  STEMMA_LOG: z.enum(["silent", "error", "warn", "info", "debug"]).default("warn"),
  /** Hours that a session lasts. */
  STEMMA_SESSION_HOURS: whole(1, 24 * 31, 12),
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
  readonly ruleFolders: readonly string[];
  readonly playbookFolders: readonly string[];
  readonly analyst: string;
  readonly logLevel: "silent" | "error" | "warn" | "info" | "debug";
  readonly sessionMilliseconds: number;
  readonly sample: boolean;
  readonly checkResponses: boolean;
  readonly archive: ArchiveLimits;
  readonly sequenceMemory: number;
  /** The folder of the built web app. */
  readonly web: string;
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
 * Reads the settings: flags before environment variables before defaults. Reports all problems at once, each with the
 * name of its setting. An empty environment variable counts as absent. Relative paths start at `directory`.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Partial<Record<Setting, string>>> = {},
  directory: string = process.cwd(),
): Result<Config, readonly Problem[]> {
  const given = givenSettings(environment, flags);
  const problems: Problem[] = Object.keys(environment)
    .filter(
      (name) => name.startsWith("STEMMA_") && !Object.hasOwn(settings.shape, name) && !Object.hasOwn(formerNames, name),
    )
    .map((name) => ({
      code: "config.unknown",
      message: `${name} is not a setting of Stemma`,
      at: { field: name },
      remedy: `The settings are ${settings.keyof().options.join(", ")}.`,
    }));
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    problems.push(
      ...parsed.error.issues.map(
        (issue): Problem => ({
          code: "config.invalid",
          message: `${String(issue.path[0])}: ${issue.message}`,
          at: { field: String(issue.path[0]) },
        }),
      ),
    );
  }
  if (!parsed.success || problems.length > 0) {
    return fail(problems);
  }
  const value = parsed.data;
  const path = (text: string) => (isAbsolute(text) ? text : resolve(directory, text));
  return ok(
    Object.freeze({
      store: storePath(value.STEMMA_STORE, path),
      neo4j: Object.freeze({
        user: value.STEMMA_NEO4J_USER,
        password: value.STEMMA_NEO4J_PASSWORD,
        database: value.STEMMA_NEO4J_DATABASE,
      }),
      host: value.STEMMA_HOST,
      port: value.STEMMA_PORT,
      hostNames: value.STEMMA_HOSTNAMES ?? [],
      url: value.STEMMA_URL,
      ruleFolders: (value.STEMMA_RULES ?? [resolve(repository, "rules")]).map(path),
      playbookFolders: (value.STEMMA_PLAYBOOKS ?? [resolve(repository, "playbooks")]).map(path),
      analyst: value.STEMMA_ANALYST ?? osUser(),
      logLevel: value.STEMMA_LOG,
      sessionMilliseconds: value.STEMMA_SESSION_HOURS * 3_600_000,
      sample: value.STEMMA_SAMPLE === "on",
      checkResponses: value.STEMMA_CHECK_ANSWERS === "on",
      sequenceMemory: value.STEMMA_SEQUENCE_MEMORY,
      archive: Object.freeze({
        entries: value.STEMMA_ARCHIVE_ENTRIES,
        memberBytes: value.STEMMA_ARCHIVE_MEMBER_BYTES,
        totalBytes: value.STEMMA_ARCHIVE_TOTAL_BYTES,
        ratio: value.STEMMA_ARCHIVE_RATIO,
        depth: value.STEMMA_ARCHIVE_DEPTH,
      }),
      web: resolve(repository, "web", "dist"),
    }),
  );
}

function givenSettings(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Partial<Record<Setting, string>>>,
): Partial<Record<Setting, string>> {
  const given: Partial<Record<Setting, string>> = {};
  for (const [former, name] of Object.entries(formerNames)) {
    given[name] = environment[former] || undefined;
  }
  for (const name of settings.keyof().options) {
    const value = flags[name] ?? (environment[name] || undefined);
    if (value !== undefined) {
      given[name] = value;
    }
  }
  return given;
}

function storePath(text: string, path: (text: string) => string): string {
  // An address (`neo4j://…`) is opened or refused by the composition root.
  if (/^[a-z][a-z0-9+]+:\/\//.test(text)) {
    return text;
  }
  return path(text.startsWith("file:") ? text.slice("file:".length) : text);
}
