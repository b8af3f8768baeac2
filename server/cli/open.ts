import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Problem } from "#contracts/problem";
import type { Config } from "../config.ts";
import { parseEqlCondition } from "../detection/languages/eql/eql.ts";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Detector } from "../detection/rule.ts";
import { loadRules } from "../detection/rule-files/load.ts";
import type { RuleLoadStatus } from "../detection/rule-files/loaded-rules.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { collectPlaybooks } from "../playbooks/choose.ts";
import { loadPlaybooks } from "../playbooks/load.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import { loadRuleset } from "../ruleset/rule-book.ts";
import type { Ruleset } from "../ruleset/ruleset.ts";
import { readSelection } from "../ruleset/selection.ts";
import { inspectNeo4j, type Neo4jInspection } from "../store/neo4j/inspect.ts";
import { openNeo4jStore } from "../store/neo4j/store.ts";
import type { OpenOptions, Store } from "../store/port.ts";
import { readOnlyStore } from "../store/read-only.ts";
import { copyStore } from "../store/snapshot/copy.ts";
import { type Backup, backUpDatabase, type Restored, restoreDatabase, writeBackup } from "../store/sqlite/backup.ts";
import { isReadOnly } from "../store/sqlite/database.ts";
import { type DatabaseInspection, inspectDatabase } from "../store/sqlite/inspect.ts";
import { acquireLock, isHeld } from "../store/sqlite/lock.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { type Command, cannotRun, describe, type ExitCode } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/** What commands start with: the store, the rules and the playbooks of the configuration. */

export const version: string = String(
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version,
);

/** Opens the configured store. Read-only access needs a database that exists. */
export async function openStore(config: Config, options: OpenOptions): Promise<Result<Store, Problem>> {
  const scheme = schemeOf(config.store);
  if (scheme === undefined) {
    return openSqliteStore(config.store, options);
  }
  const credentials = neo4jCredentials(config);
  return credentials.ok
    ? openNeo4jStore(config.store, credentials.value, { ...options, database: config.neo4j.database })
    : credentials;
}

/** Opens the configured store for a server; one that can only be read is served for reading. */
export async function openForServing(config: Config): Promise<Result<Store, Problem>> {
  const opened = await openStore(config, { readOnly: false });
  if (opened.ok || opened.error.code !== "store.read-only" || schemeOf(config.store) !== undefined) {
    return opened;
  }
  const readable = await openStore(config, { readOnly: true });
  if (!readable.ok) {
    return readable;
  }
  const folder = temporaryFolder();
  const besides = folder.ok ? await openSqliteStore(join(folder.value, "stemma.db")) : folder;
  if (!folder.ok || !besides.ok) {
    await readable.value.close();
    return folder.ok ? besides : folder;
  }
  const store = readOnlyStore(readable.value, besides.value);
  return ok({
    ...store,
    async close() {
      await store.close();
      rmSync(folder.value, { recursive: true, force: true });
    },
  });
}

/** An empty store for the time of a command; closing it removes it. */
export async function openTemporaryStore(): Promise<Result<Store, Problem>> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-"));
  const opened = await openSqliteStore(join(folder, "stemma.db"));
  return opened.ok
    ? ok({
        ...opened.value,
        async close() {
          await opened.value.close();
          rmSync(folder, { recursive: true, force: true });
        },
      })
    : opened;
}

/** Where a server that only reads its database keeps who is signed in. */
function temporaryFolder(): Result<string, Problem> {
  try {
    return ok(mkdtempSync(join(tmpdir(), "stemma-server-")));
  } catch (error) {
    return fail({
      code: "store.read-only",
      message: `the database can only be read, and there is no place for sign-in sessions: ${String(error)}`,
      remedy: "Set TMPDIR to a folder that you can write to.",
    });
  }
}

/** The credentials for a store that is not a file, if it is a Neo4j. */
function neo4jCredentials({
  store,
  neo4j,
}: Config): Result<{ readonly user: string; readonly password: string }, Problem> {
  const scheme = schemeOf(store) ?? "";
  if (!/^(neo4j|bolt)(\+s|\+ssc)?$/.test(scheme)) {
    return fail({
      code: "store.unsupported",
      message: `${scheme} is not a kind of store`,
      remedy: "Name a file (--db FILE) or a Neo4j (--store neo4j://HOST:7687).",
    });
  }
  const { user, password } = neo4j;
  return password === undefined
    ? fail({
        code: "store.credentials-missing",
        message: "a Neo4j needs a password",
        at: { file: store },
        remedy: "Set STEMMA_NEO4J_PASSWORD, and STEMMA_NEO4J_USER if the user is not neo4j.",
      })
    : ok({ user, password });
}

type StoreInspection =
  | ({ readonly kind: "sqlite" } & DatabaseInspection)
  | ({ readonly kind: "neo4j" } & Neo4jInspection);

/** Looks at the configured store from outside, without changing it. The file of a database must exist. */
export async function inspectStore(
  config: Config,
  checkStructure: boolean,
  now: () => number,
): Promise<Result<StoreInspection, Problem>> {
  if (schemeOf(config.store) === undefined) {
    const inspected = inspectDatabase(config.store, checkStructure);
    return inspected.ok ? ok({ kind: "sqlite", ...inspected.value }) : inspected;
  }
  const credentials = neo4jCredentials(config);
  if (!credentials.ok) {
    return credentials;
  }
  const inspected = await inspectNeo4j(config.store, credentials.value, config.neo4j.database, now);
  return inspected.ok ? ok({ kind: "neo4j", ...inspected.value }) : inspected;
}

type BackupOptions = Parameters<typeof backUpDatabase>[2];

export type { Backup, Restored };

/** Writes a backup of the configured store. Of a Neo4j it is made by copying section by section. */
export async function backUpStore(
  config: Config,
  file: string,
  options: BackupOptions,
): Promise<Result<Backup, Problem>> {
  if (schemeOf(config.store) === undefined) {
    return backUpDatabase(config.store, file, options);
  }
  return writeBackup(file, options, async (target) => {
    const source = await openStore(config, { readOnly: true });
    if (!source.ok) {
      return source.error;
    }
    const copy = await openSqliteStore(target);
    try {
      const { signal, onProgress } = options;
      const copied = copy.ok
        ? await copyStore(source.value, copy.value, {
            signal,
            onProgress: ({ done, total }) => onProgress(done, total),
          })
        : copy;
      return copied.ok ? undefined : copied.error;
    } finally {
      await source.value.close();
      await (copy.ok ? copy.value.close() : undefined);
    }
  });
}

/** Puts a backup in place of the configured database. */
export async function restoreStore(
  config: Config,
  backup: string,
  options: Parameters<typeof restoreDatabase>[2],
): Promise<Result<Restored, Problem>> {
  return schemeOf(config.store) === undefined
    ? restoreDatabase(backup, config.store, options)
    : fail({
        code: "store.unsupported",
        message: "a backup is restored into a file",
        remedy: `Copy it into an empty Neo4j: stemma copy --from ${backup} --to ${config.store}`,
      });
}

/** Whether a server runs on a database file; undefined for a Neo4j, which does not know its servers. */
export function isServing({ store }: Config): boolean | undefined {
  return schemeOf(store) === undefined ? isHeld(store, "server") : undefined;
}

/** Runs the work of a command on the configured store, and closes the store in any case. */
export async function withStore(
  command: Pick<Command, "name">,
  config: Config,
  options: { readonly readOnly: boolean },
  terminal: Terminal,
  work: (store: Store) => Promise<ExitCode>,
): Promise<ExitCode> {
  const opened = await openStore(config, options);
  if (!opened.ok) {
    return cannotRun(command, opened.error, terminal);
  }
  try {
    return await work(opened.value);
  } finally {
    await opened.value.close();
  }
}

interface ServerLock {
  /** Whether other servers can write to the store as well; a server that only reads writes nothing. */
  readonly writers: "this" | "several" | "none";
  release(): void;
}

/** One server at a time on a file: two would not see each other's changes. Any number can share a Neo4j. */
export function lockForServer(config: Config): Result<ServerLock, Problem> {
  if (schemeOf(config.store) !== undefined) {
    return ok({ writers: "several", release: () => undefined });
  }
  // A server that only reads needs no lock, and could not create one.
  if (isReadOnly(config.store)) {
    return ok({ writers: "none", release: () => undefined });
  }
  const lock = acquireLock(config.store, "server");
  return lock.ok ? ok({ writers: "this", release: lock.value.release }) : lock;
}

function schemeOf(store: string): string | undefined {
  return /^([a-z][a-z0-9+]+):\/\//.exec(store)?.[1];
}

/** Every rule file that did not load, with place and reason. */
export function failedRules(files: readonly RuleLoadStatus[]): readonly Problem[] {
  return files
    .filter(({ state }) => state === "failed")
    .map(({ file, reason, at }) => ({ code: "rule.not-loaded", message: reason ?? "failed", at: { ...at, file } }));
}

export function reportFailedRules(files: readonly RuleLoadStatus[], terminal: Terminal): void {
  for (const problem of failedRules(files)) {
    terminal.err(`rule not loaded: ${describe(problem)}\n`);
  }
}

export interface Content {
  readonly ruleset: Ruleset;
  /** Runs the enabled rules. */
  readonly detector: Detector;
  readonly macros: Macros;
  readonly ruleFiles: readonly RuleLoadStatus[];
  readonly playbooks: Playbooks;
  readonly playbookProblems: readonly Problem[];
}

/**
 * Loads rules and playbooks from the configured folders. With a store, also from the rule folders that analysts added,
 * without the rules that they turned off. Files that do not load are part of the result.
 */
export async function loadContent(
  config: Pick<Config, "ruleFolders" | "playbookFolders"> & Partial<Pick<Config, "ruleRoots">>,
  store?: Store,
): Promise<Content> {
  const selection = store === undefined ? { folders: [], disabled: [] } : await readSelection(store.settings);
  const [ruleset, loaded] = await Promise.all([
    loadRuleset(loadRules, { configured: config.ruleFolders, roots: config.ruleRoots ?? [] }, selection),
    loadPlaybooks(config.playbookFolders, parseEqlCondition),
  ]);
  return {
    ruleset,
    get detector() {
      return ruleset.detector;
    },
    macros: ruleset.macros,
    ruleFiles: ruleset.files,
    playbooks: collectPlaybooks(loaded.playbooks, (id) => ruleset.byId.get(id)),
    playbookProblems: loaded.problems,
  };
}
