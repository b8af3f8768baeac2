import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Problem } from "#contracts/problem";
import { parseEqlCondition } from "../detection/languages/eql/eql.ts";
import { type ConditionParser, parsePlaybook } from "./parse.ts";
import type { Playbook } from "./playbook.ts";

export interface LoadedPlaybooks {
  readonly playbooks: readonly Playbook[];
  /** Why files could not be used; the other files are loaded. */
  readonly problems: readonly Problem[];
}

/**
 * Loads every `*.md` in the folders except README.md. A bad file is only a problem.
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
        loaded.push({ ...parsed.value, folder });
      } else {
        problems.push(...parsed.error);
      }
    }
  }
  return { playbooks: loaded, problems };
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
