import { opendir } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import type { RequestProblemCode } from "#contracts/problem-codes";
import { createRuleLoader, type RuleLoader } from "../detection/rule-files/load.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { AuditEntry } from "../store/audit/port.ts";
import type { Expected } from "../store/audit/version.ts";
import type { Store } from "../store/port.ts";
import { realPathWithin } from "./rule-roots.ts";
import { type Ruleset, rulesetOf, withSelection } from "./ruleset.ts";
import { changeSelection, type RuleSelection, readSelection, type SelectionChange } from "./selection.ts";
import { recordVersions } from "./versions.ts";

interface Parts {
  readonly store: Store;
  /** Rule folders from the configuration. */
  readonly configured: readonly string[];
  /** Folders below which rule folders can be added. */
  readonly roots: readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Who changes the selection of rules and folders, why, and which state they saw. */
export interface ChangeBy {
  readonly actor: Actor;
  readonly note?: string;
  readonly expected?: Expected;
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
      return this.#replace((after) => ({
        at: this.#parts.now(),
        actor,
        action: "rules.reload",
        subject: { kind: "rules", id: "all" },
        before: { rules: before.rules.length },
        after: { rules: after.rules.length },
      }));
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

  /** Enables or disables a rule. Problems: `rule.not-found`, `request.conflict`. */
  setEnabled(
    id: string,
    enabled: boolean,
    { actor, note, expected }: ChangeBy,
  ): Promise<Result<Ruleset, RequestProblem>> {
    return this.#inTurn(async () => {
      if (!this.#current.byId.has(id)) {
        return fail({ code: "rule.not-found", message: `No rule ${id.slice(0, 200)} is loaded` });
      }
      return this.#change(
        {
          change: (before) => {
            const others = before.disabled.filter((other) => other !== id);
            return { ...before, disabled: enabled ? others : [...others, id] };
          },
          audit: ({ disabled }) => ({
            at: this.#parts.now(),
            actor,
            action: enabled ? "rule.enable" : "rule.disable",
            subject: { kind: "rule", id },
            before: { enabled: !disabled.includes(id) },
            after: { enabled, note },
          }),
          expected,
        },
        (selection) => Promise.resolve(withSelection(this.#current, selection)),
      );
    });
  }

  /** Adds a readable folder of the server below one of the roots, given by its absolute path; links are resolved. */
  addFolder(path: string, { actor, note, expected }: ChangeBy): Promise<Result<Ruleset, RequestProblem>> {
    return this.#inTurn(async () => {
      const known = this.#current.folders.map((folder) => folder.path);
      const checked = await checkedFolder(path, known, this.#permittedRoots);
      if (!checked.ok) {
        return checked;
      }
      const folder = checked.value;
      return this.#change({
        change: (before) => ({ ...before, folders: [...before.folders.filter((other) => other !== folder), folder] }),
        audit: () => ({
          at: this.#parts.now(),
          actor,
          action: "rules.add-folder",
          subject: { kind: "rule-folder", id: folder },
          after: { note },
        }),
        expected,
      });
    });
  }

  /** Whether rules can be saved into a folder: it is loaded, and still where it was permitted. */
  async isUsable(path: string): Promise<boolean> {
    const folder = this.#current.folders.find((one) => one.path === path);
    return folder !== undefined && (folder.origin === "configured" || isPermitted(path, this.#permittedRoots));
  }

  removeFolder(path: string, { actor, note, expected }: ChangeBy): Promise<Result<Ruleset, RequestProblem>> {
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
      return this.#change({
        change: (before) => ({ ...before, folders: before.folders.filter((other) => other !== path) }),
        audit: () => ({
          at: this.#parts.now(),
          actor,
          action: "rules.remove-folder",
          subject: { kind: "rule-folder", id: path },
          after: { note },
        }),
        expected,
      });
    });
  }

  async #change(
    change: SelectionChange,
    replacement: (selection: RuleSelection) => Promise<Ruleset> = () => this.#replace(),
  ): Promise<Result<Ruleset, RequestProblem>> {
    const selection = await changeSelection(this.#parts.store, change);
    if (!selection.ok) {
      return selection;
    }
    this.#current = await replacement(selection.value);
    this.#selection = selection.value;
    return ok(this.#current);
  }

  get #permittedRoots(): readonly string[] {
    return [...this.#parts.configured, ...this.#parts.roots];
  }

  /** Loads the folders anew. What was read is stored in one transaction with the audit record, if there is one. */
  async #replace(audit?: (after: Ruleset) => AuditEntry): Promise<Ruleset> {
    const { store, configured, roots, now } = this.#parts;
    const selection = await readSelection(store.settings);
    const after = await loadRuleset(this.#load, { configured, roots }, selection);
    await store.write(async (transaction) => {
      await recordVersions(transaction, after.versions, now());
      await (audit && transaction.audit.append(audit(after)));
    });
    this.#selection = selection;
    this.#current = after;
    return after;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** Loads the configured and the added folders. Of the added ones only those below a root: roots can have changed. */
export async function loadRuleset(
  load: RuleLoader,
  { configured, roots }: Pick<Parts, "configured" | "roots">,
  selection: RuleSelection,
): Promise<Ruleset> {
  const added = selection.folders.filter((path) => !configured.includes(path));
  const permitted = await Promise.all(added.map((path) => isPermitted(path, [...configured, ...roots])));
  const folders = [
    ...[...new Set(configured)].map((path) => ({ path, origin: "configured" as const })),
    ...added.map((path) => ({ path, origin: "added" as const })),
  ];
  const refused = added.filter((_, index) => permitted[index] !== true);
  const loaded = await load(folders.flatMap(({ path }) => (refused.includes(path) ? [] : [path])));
  const files = refused.map((file) => ({ file, state: "failed" as const, reason: `not read: ${outsideRoots(file)}` }));
  return rulesetOf({ ...loaded, files: [...loaded.files, ...files] }, folders, selection);
}

async function isPermitted(path: string, roots: readonly string[]): Promise<boolean> {
  try {
    return (await realPathWithin(path, roots)) !== undefined;
  } catch {
    // It is missing or unreadable: loading it says so, with the reason.
    return true;
  }
}

function outsideRoots(folder: string): string {
  return `${folder} is not below a folder that STEMMA_RULE_ROOTS names`;
}

/** The real path of a folder that can be added, or why it cannot. */
async function checkedFolder(
  path: string,
  known: readonly string[],
  roots: readonly string[],
): Promise<Result<string, RequestProblem>> {
  const refuse = (message: string, remedy?: string, code: RequestProblemCode = "rule-folder.invalid") =>
    fail({ code, message, at: { field: "path" }, remedy });
  if (!isAbsolute(path)) {
    return refuse("the path must be absolute", "Enter a path on the server.");
  }
  const lexical = resolve(path);
  if (dirname(lexical) === lexical) {
    return refuse("a file system root cannot be a rule folder");
  }
  try {
    const folder = await realPathWithin(lexical, roots);
    if (folder === undefined) {
      const remedy = "Start the server with STEMMA_RULE_ROOTS set to a folder above it.";
      return refuse(outsideRoots(lexical), remedy, "rule-folder.outside-roots");
    }
    const around = known.find(
      (other) => folder === other || folder.startsWith(`${other}/`) || other.startsWith(`${folder}/`),
    );
    if (around !== undefined) {
      return refuse(folder === around ? `${folder} is already loaded` : `${folder} and ${around} overlap`);
    }
    await (await opendir(folder)).close();
    return ok(folder);
  } catch (error) {
    return refuse(`cannot read the folder ${lexical}: ${reasonOf(error)}`);
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
