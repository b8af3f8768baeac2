import { opendir } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import { createRuleLoader, type RuleLoader } from "../detection/rule-files/load.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { type Ruleset, rulesetOf, withSelection } from "./ruleset.ts";
import { changeSelection, type RuleSelection, readSelection } from "./selection.ts";
import { recordVersions } from "./versions.ts";

interface Parts {
  readonly store: Store;
  /** Rule folders from the configuration. */
  readonly configured: readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * The rules of a running server: folders, enabled rules, and the loaded set, which a change replaces with
 * a new one. A consumer of `current` (an ingest, a run) keeps the set it started with. Changes are serialised;
 * each is audited. See docs/decisions/0015.
 */
export class RuleBook {
  readonly #parts: Parts;
  readonly #load: RuleLoader = createRuleLoader();
  #current: Ruleset;
  /** The stored selection of the current set. */
  #selection: RuleSelection = { folders: [], disabled: [] };
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(parts: Parts, first: Ruleset) {
    this.#parts = parts;
    this.#current = first;
  }

  static async open(parts: Parts): Promise<RuleBook> {
    const book = new RuleBook(
      parts,
      rulesetOf({ rules: [], versions: [], files: [], macros: new Map() }, [], { disabled: [] }),
    );
    await book.#replace();
    return book;
  }

  get current(): Ruleset {
    return this.#current;
  }

  /** Reloads the folders and the selection. */
  reload(actor: Actor): Promise<Ruleset> {
    return this.#inTurn(async () => {
      const before = this.#current;
      const after = await this.#replace();
      await this.#parts.store.write(({ audit }) =>
        audit.append({
          at: this.#parts.now(),
          actor,
          action: "rules.reload",
          subject: { kind: "rules", id: "all" },
          before: { rules: before.rules.length },
          after: { rules: after.rules.length },
        }),
      );
      return after;
    });
  }

  /** Applies changes by another server on the same store. Returns whether there were any. */
  refresh(): Promise<boolean> {
    return this.#inTurn(async () => {
      const stored = await readSelection(this.#parts.store.settings);
      const changed = JSON.stringify(stored) !== JSON.stringify(this.#selection);
      if (changed) {
        await this.#replace();
      }
      return changed;
    });
  }

  /** Enables or disables rules. Unknown ids are refused. */
  setEnabled(
    ids: readonly string[],
    enabled: boolean,
    actor: Actor,
    note?: string,
  ): Promise<Result<Ruleset, RequestProblem>> {
    return this.#inTurn(async () => {
      const unknown = ids.find((id) => !this.#current.byId.has(id));
      const [id] = ids;
      if (unknown !== undefined || id === undefined) {
        return fail({ code: "rule.not-found", message: `No rule ${unknown ?? ""} is loaded`, at: { field: "ids" } });
      }
      return ok(
        await this.#change(
          (before) => {
            const others = before.disabled.filter((other) => !ids.includes(other));
            return { ...before, disabled: enabled ? others : [...others, ...ids] };
          },
          {
            actor,
            action: enabled ? "rule.enable" : "rule.disable",
            subject: ids.length === 1 ? { kind: "rule", id } : { kind: "rules", id: `${ids.length} rules` },
            after: { ...(ids.length === 1 ? {} : { ids }), ...(note === undefined ? {} : { note }) },
          },
          (selection) => Promise.resolve(withSelection(this.#current, selection)),
        ),
      );
    });
  }

  /** Adds a readable folder of the server, given by its absolute path. */
  addFolder(path: string, actor: Actor): Promise<Result<Ruleset, RequestProblem>> {
    return this.#inTurn(async () => {
      const refused = await refusalOf(
        path,
        this.#current.folders.map((folder) => folder.path),
      );
      return refused === undefined
        ? ok(
            await this.#change(
              (before) => ({
                ...before,
                folders: [...before.folders.filter((other) => other !== resolve(path)), resolve(path)],
              }),
              { actor, action: "rules.add-folder", subject: { kind: "rule-folder", id: resolve(path) } },
            ),
          )
        : fail(refused);
    });
  }

  removeFolder(path: string, actor: Actor): Promise<Result<Ruleset, RequestProblem>> {
    return this.#inTurn(async () => {
      const folder = this.#current.folders.find((one) => one.path === path);
      if (folder === undefined || folder.origin === "configured") {
        return fail({
          code: "rule-folder.invalid",
          message:
            folder === undefined
              ? `${path} is not a rule folder`
              : `${path} was configured when the server was started`,
          at: { field: "path" },
          remedy: folder === undefined ? undefined : "Start it without this folder.",
        });
      }
      return ok(
        await this.#change((before) => ({ ...before, folders: before.folders.filter((other) => other !== path) }), {
          actor,
          action: "rules.remove-folder",
          subject: { kind: "rule-folder", id: path },
        }),
      );
    });
  }

  async #change(
    change: (before: RuleSelection) => RuleSelection,
    audit: Omit<Parameters<typeof changeSelection>[2], "at">,
    replacement: (selection: RuleSelection) => Promise<Ruleset> = () => this.#replace(),
  ): Promise<Ruleset> {
    const selection = await changeSelection(this.#parts.store, change, { ...audit, at: this.#parts.now() });
    this.#current = await replacement(selection);
    this.#selection = selection;
    return this.#current;
  }

  async #replace(): Promise<Ruleset> {
    const { store, configured, now } = this.#parts;
    const selection = await readSelection(store.settings);
    this.#selection = selection;
    this.#current = await loadRuleset(this.#load, configured, selection);
    await recordVersions(store, this.#current.versions, now());
    return this.#current;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** Loads the configured and the added folders. */
export async function loadRuleset(
  load: RuleLoader,
  configured: readonly string[],
  selection: RuleSelection,
): Promise<Ruleset> {
  const folders = [
    ...[...new Set(configured)].map((path) => ({ path, origin: "configured" as const })),
    ...selection.folders
      .filter((path) => !configured.includes(path))
      .map((path) => ({ path, origin: "added" as const })),
  ];
  return rulesetOf(await load(folders.map(({ path }) => path)), folders, selection);
}

/** Why a path cannot be added as a rule folder. */
async function refusalOf(path: string, known: readonly string[]): Promise<RequestProblem | undefined> {
  const refuse = (message: string, remedy?: string): RequestProblem => ({
    code: "rule-folder.invalid",
    message,
    at: { field: "path" },
    remedy,
  });
  if (!isAbsolute(path)) {
    return refuse("the path must be absolute", "Enter a path on the server.");
  }
  const folder = resolve(path);
  if (dirname(folder) === folder) {
    return refuse("a file system root cannot be a rule folder");
  }
  const around = known.find(
    (other) => folder === other || folder.startsWith(`${other}/`) || other.startsWith(`${folder}/`),
  );
  if (around !== undefined) {
    return refuse(folder === around ? `${folder} is already loaded` : `${folder} and ${around} overlap`);
  }
  try {
    await (await opendir(folder)).close();
    return undefined;
  } catch (error) {
    return refuse(`cannot read the folder ${folder}: ${reasonOf(error)}`);
  }
}

/** The reason why a folder cannot be opened, as text. */
function reasonOf(error: unknown): string {
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "ENOENT":
      return "no such folder on the server";
    case "ENOTDIR":
      return "not a folder";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
