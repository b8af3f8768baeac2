import { access, constants } from "node:fs/promises";
import type { PlaybookFolder } from "#contracts/playbook-draft";
import type { Problem } from "#contracts/problem";
import { collectPlaybooks, type RuleOf } from "./choose.ts";
import { type LoadedPlaybooks, loadPlaybooks } from "./load.ts";
import type { Playbook, PlaybookSubject, Playbooks } from "./playbook.ts";

interface Parts {
  /** Own folders come before the shipped one. */
  readonly folders: readonly string[];
  /** The folder that is part of Stemma: nothing is saved there. */
  readonly shipped: string;
  readonly ruleOf: RuleOf;
}

/** The playbooks of a running server. Saving one loads the folders again; who asks later gets the new ones. */
export class PlaybookBook implements Playbooks {
  /** Not a method: it is handed on by itself. */
  readonly ruleOf: RuleOf;
  readonly #parts: Parts;
  #loaded: LoadedPlaybooks;
  #current: Playbooks;

  private constructor(parts: Parts, loaded: LoadedPlaybooks) {
    this.#parts = parts;
    this.ruleOf = parts.ruleOf;
    this.#loaded = loaded;
    this.#current = collectPlaybooks(loaded.playbooks, parts.ruleOf);
  }

  static async open(parts: Parts): Promise<PlaybookBook> {
    return new PlaybookBook(parts, await loadPlaybooks(parts.folders));
  }

  async reload(): Promise<void> {
    this.#loaded = await loadPlaybooks(this.#parts.folders);
    this.#current = collectPlaybooks(this.#loaded.playbooks, this.#parts.ruleOf);
  }

  /** Why files could not be used. */
  get problems(): readonly Problem[] {
    return this.#loaded.problems;
  }

  get all(): readonly Playbook[] {
    return this.#current.all;
  }

  get overrides(): readonly Problem[] {
    return this.#current.overrides;
  }

  get(id: string) {
    return this.#current.get(id);
  }

  forAlert(alert: PlaybookSubject) {
    return this.#current.forAlert(alert);
  }

  choicesFor(alert: PlaybookSubject) {
    return this.#current.choicesFor(alert);
  }

  forRule(ruleId: string) {
    return this.#current.forRule(ruleId);
  }

  /** The folders, and whether something can be saved in them. */
  folders(): Promise<readonly PlaybookFolder[]> {
    const { folders, shipped } = this.#parts;
    return Promise.all(
      folders.map(async (path) => ({
        path,
        shipped: path === shipped,
        writable: path !== shipped && (await isWritable(path)),
        playbooks: this.all.filter(({ folder }) => folder === path).length,
      })),
    );
  }

  /** Whether playbooks can be saved there. */
  isOwn(folder: string): boolean {
    return folder !== this.#parts.shipped && this.#parts.folders.includes(folder);
  }
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
