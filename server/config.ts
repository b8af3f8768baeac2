import { availableParallelism, userInfo } from "node:os";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { BroadPolicy } from "#contracts/exception-gate";
import type { EffectiveSetting } from "#contracts/people";
import type { Problem } from "#contracts/problem";
import { effectiveSettings } from "./config/effective.ts";
import { type OidcSettings, oidcOf, oidcProblem } from "./config/oidc.ts";
import { formerNames, type Setting, type SettingValues, secrets, settings } from "./config/settings.ts";
import { collectSettings, describeSource, type GivenSetting, placeOf } from "./config/sources.ts";
import type { ArchiveLimits } from "./ingest/archives/limits.ts";
import { fail, ok, type Result } from "./lib/result.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));

export type { Setting } from "./config/settings.ts";

export interface Config {
  readonly store: string;
  /** For a Neo4j store. The password never appears in a log or a message. */
  readonly neo4j: {
    readonly user: string;
    readonly password: string | undefined;
    readonly database: string | undefined;
  };
  /** How long a server that starts waits for a store that does not respond yet. */
  readonly storeWaitMilliseconds: number;
  /** The secret of a service token. */
  readonly token: string | undefined;
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
  /** The one among them that is part of Stemma. */
  readonly shippedPlaybooks: string;
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
  /** Where escalations are posted, and the secret to sign them with. */
  readonly webhook: { readonly targets: readonly string[]; readonly secret: string } | undefined;
  /** The folder for bundles of escalated incidents. */
  readonly evidence: string | undefined;
  /** What a broad exception needs. */
  readonly broadExceptions: BroadPolicy;
  readonly sample: boolean;
  readonly checkResponses: boolean;
  readonly archive: ArchiveLimits;
  readonly sequenceMemory: number;
  /** The folder of the built web app. */
  readonly web: string;
  /** What was set, and where: for `stemma doctor`. Secrets are masked. */
  readonly given: readonly { readonly name: Setting; readonly value: string; readonly source: string }[];
  /** All settings with the values that hold, secrets masked. */
  readonly effective: readonly EffectiveSetting[];
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
  if (given.has("STEMMA_WEBHOOK") !== given.has("STEMMA_WEBHOOK_SECRET")) {
    const missing = given.has("STEMMA_WEBHOOK") ? "STEMMA_WEBHOOK_SECRET" : "STEMMA_WEBHOOK";
    problems.push(invalid(missing, "must be set too: posts are signed", given));
  }
  const incomplete = parsed.success ? oidcProblem(parsed.data) : undefined;
  if (incomplete !== undefined) {
    problems.push(invalid(...incomplete, given));
  }
  if (parsed.success && parsed.data.STEMMA_PORT !== 0 && parsed.data.STEMMA_PORT === parsed.data.STEMMA_METRICS_PORT) {
    problems.push(invalid("STEMMA_METRICS_PORT", "must not be the port of STEMMA_PORT", given));
  }
  if (!parsed.success || problems.length > 0) {
    return fail(problems);
  }
  const pathOf = (name: Setting) => (text: string) =>
    isAbsolute(text) ? text : resolve(given.get(name)?.base ?? directory, text);
  const config = configOf(parsed.data, pathOf);
  return ok(
    Object.freeze({
      ...config,
      given: [...given].map(([name, { text, source }]) => ({
        name,
        value: secrets.includes(name) ? "(secret)" : text,
        source: describeSource(source),
      })),
      effective: effectiveSettings(given, {
        STEMMA_STORE: config.store,
        STEMMA_RULES: config.ruleFolders.join(","),
        STEMMA_PLAYBOOKS: config.playbookFolders.join(","),
        STEMMA_ANALYST: config.analyst,
        STEMMA_LOG: config.logLevel,
        STEMMA_WORKERS: String(config.workers),
      }),
      warnings,
    }),
  );
}

function invalid(name: string, message: string, given: ReadonlyMap<Setting, GivenSetting>): Problem {
  const source = given.get(name as Setting)?.source;
  return { code: "config.invalid", message: `${name}: ${message}`, at: placeOf(name, source) };
}

function configOf(
  value: SettingValues,
  pathOf: (name: Setting) => (text: string) => string,
): Omit<Config, "given" | "effective" | "warnings"> {
  const { STEMMA_TLS_CERT: certificate, STEMMA_TLS_KEY: key } = value;
  // Own folders come first: of two rules or playbooks that are otherwise equal, the first one counts.
  const foldersOf = (setting: "STEMMA_RULES" | "STEMMA_PLAYBOOKS", shipped: string) => [
    ...(value[setting] ?? []).map(pathOf(setting)),
    ...(value.STEMMA_SHIPPED === "on" ? [resolve(repository, shipped)] : []),
  ];
  return {
    store: storePath(value.STEMMA_STORE, pathOf("STEMMA_STORE")),
    neo4j: Object.freeze({
      user: value.STEMMA_NEO4J_USER,
      password: value.STEMMA_NEO4J_PASSWORD,
      database: value.STEMMA_NEO4J_DATABASE,
    }),
    storeWaitMilliseconds: value.STEMMA_STORE_WAIT_SECONDS * 1000,
    token: value.STEMMA_TOKEN,
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
    ruleFolders: foldersOf("STEMMA_RULES", "rules"),
    shippedPlaybooks: resolve(repository, "playbooks"),
    playbookFolders: foldersOf("STEMMA_PLAYBOOKS", "playbooks"),
    ruleRoots: (value.STEMMA_RULE_ROOTS ?? []).map(pathOf("STEMMA_RULE_ROOTS")),
    analyst: value.STEMMA_ANALYST ?? osUser(),
    logLevel: value.STEMMA_LOG ?? (value.STEMMA_LOG_FILE === undefined ? "warn" : "info"),
    logFile: value.STEMMA_LOG_FILE === "-" ? "-" : mapped(value.STEMMA_LOG_FILE, pathOf("STEMMA_LOG_FILE")),
    stopMilliseconds: value.STEMMA_STOP_SECONDS * 1000,
    sessionMilliseconds: value.STEMMA_SESSION_HOURS * 3_600_000,
    sessionIdleMilliseconds: value.STEMMA_SESSION_IDLE_HOURS * 3_600_000,
    oidc: oidcOf(value),
    webhook:
      value.STEMMA_WEBHOOK === undefined || value.STEMMA_WEBHOOK_SECRET === undefined
        ? undefined
        : { targets: [...new Set(value.STEMMA_WEBHOOK)], secret: value.STEMMA_WEBHOOK_SECRET },
    evidence: mapped(value.STEMMA_EVIDENCE, pathOf("STEMMA_EVIDENCE")),
    broadExceptions: value.STEMMA_BROAD_EXCEPTIONS,
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
