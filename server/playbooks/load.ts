import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Problem } from "#contracts/problem";
import { parseEqlCondition } from "../detection/languages/eql/eql.ts";
import { type ConditionParser, parsePlaybook } from "./parse.ts";
import type { Playbook, Playbooks } from "./playbook.ts";

export interface LoadedPlaybooks {
  readonly playbooks: Playbooks;
  /** Why files could not be used; the other files are loaded. */
  readonly problems: readonly Problem[];
}

/**
 * Loads every `*.md` in the folders except README.md. A bad file, or a second playbook for a rule, is only a problem.
 */
export async function loadPlaybooks(
  folders: readonly string[],
  parseCondition: ConditionParser = parseEqlCondition,
): Promise<LoadedPlaybooks> {
  const problems: Problem[] = [];
  const loaded: Playbook[] = [];
  for (const folder of folders) {
    for (const path of await markdownFiles(folder, problems)) {
      const parsed = parsePlaybook(await readFile(path, "utf8"), relative(folder, path), parseCondition);
      if (parsed.ok) {
        loaded.push(parsed.value);
      } else {
        problems.push(...parsed.error);
      }
    }
  }
  return { playbooks: collectPlaybooks(loaded, problems), problems };
}

/** Combines playbooks; of those with the same id, for the same rule or with `fallback`, the first is used. */
export function collectPlaybooks(loaded: readonly Playbook[], problems: Problem[]): Playbooks {
  const byId = new Map<string, Playbook>();
  const byRule = new Map<string, Playbook>();
  for (const playbook of loaded) {
    const sameId = byId.get(playbook.id);
    if (sameId !== undefined) {
      problems.push(conflict(playbook, `the id "${playbook.id}" is already used by ${sameId.file}`));
      continue;
    }
    byId.set(playbook.id, playbook);
    for (const ruleId of playbook.ruleIds) {
      const first = byRule.get(ruleId);
      if (first === undefined) {
        byRule.set(ruleId, playbook);
      } else {
        problems.push(conflict(playbook, `the rule ${ruleId} already has a playbook in ${first.file}`));
      }
    }
  }
  const all = [...byId.values()];
  const [fallback, ...others] = all.filter((playbook) => playbook.fallback);
  problems.push(...others.map((other) => conflict(other, `${fallback?.file} is already the fallback`)));
  return { all, byId, forRule: (ruleId) => byRule.get(ruleId) ?? fallback };
}

function conflict(playbook: Playbook, message: string): Problem {
  return { code: "playbook.conflict", message, at: { file: playbook.file, line: 1 }, remedy: "Remove one of the two." };
}

async function markdownFiles(folder: string, problems: Problem[]): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md") && entry.name.toLowerCase() !== "readme.md")
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    problems.push({
      code: "playbook.folder-unreadable",
      message: error instanceof Error ? error.message : String(error),
      at: { file: folder },
      remedy: "Give the path of an existing folder of playbooks.",
    });
    return [];
  }
}
