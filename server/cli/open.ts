import { readFileSync } from "node:fs";
import type { Problem } from "#contracts/problem";
import type { Config } from "../config.ts";
import { parseEqlCondition } from "../detection/languages/eql/eql.ts";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Detector } from "../detection/rule.ts";
import { type FileFate, loadRules } from "../detection/rules/load.ts";
import { createDetector } from "../detection/run.ts";
import { fail, type Result } from "../lib/result.ts";
import { loadPlaybooks } from "../playbooks/load.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Store } from "../store/port.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";

/** What every command starts with: the store, the rules and the playbooks that the configuration names. */

export const version: string = String(
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version,
);

/** Opens the configured store. Reading only needs a database that exists. */
export async function openStore(
  config: Config,
  options: { readonly readOnly: boolean },
): Promise<Result<Store, Problem>> {
  const address = /^([a-z][a-z0-9+]+):\/\//.exec(config.store);
  if (address !== null) {
    return fail({
      code: "store.unsupported",
      message: `${address[1]} stores are not supported by this version.`,
      remedy: "Name a file: --db FILE.",
    });
  }
  return openSqliteStore(config.store, options);
}

export interface Knowledge {
  readonly detector: Detector;
  readonly macros: Macros;
  readonly ruleFiles: readonly FileFate[];
  readonly playbooks: Playbooks;
  readonly playbookProblems: readonly Problem[];
}

/** Loads rules and playbooks of the configured folders. Bad files stop nothing: their fate is part of the result. */
export async function loadKnowledge(config: Pick<Config, "ruleFolders" | "playbookFolders">): Promise<Knowledge> {
  const [rules, playbooks] = await Promise.all([
    loadRules(config.ruleFolders),
    loadPlaybooks(config.playbookFolders, parseEqlCondition),
  ]);
  return {
    detector: createDetector(rules.rules),
    macros: rules.macros,
    ruleFiles: rules.files,
    playbooks: playbooks.playbooks,
    playbookProblems: playbooks.problems,
  };
}
