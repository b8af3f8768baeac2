import { access, constants } from "node:fs/promises";
import type { Page, PageRequest } from "#contracts/page";
import type { RuleFileIssue, RuleFolders } from "#contracts/rule";
import { sortedPage } from "../lib/cursor.ts";
import { folderOf, type Ruleset } from "./ruleset.ts";

/** Most files listed individually. */
const mostIssues = 500;

/** The rule folders, and their files that are not running rules. */
export async function ruleFoldersOf(ruleset: Ruleset): Promise<RuleFolders> {
  const byFolder = Map.groupBy(ruleset.files, ({ file }) => folderOf(file, ruleset.folders));
  const rules = Map.groupBy(ruleset.entries.values(), ({ folder }) => folder);
  const { items, total, next } = ruleFileIssuesOf(ruleset, { limit: mostIssues });
  return {
    folders: await Promise.all(
      ruleset.folders.map(async ({ path, origin }) => {
        const files = byFolder.get(path) ?? [];
        const unreadable = files.find(({ file }) => file === path);
        return {
          path,
          origin,
          files: unreadable === undefined ? files.length : 0,
          rules: rules.get(path)?.length ?? 0,
          failed: files.filter(({ state }) => state === "failed").length,
          writable: await isWritable(path),
          problem: unreadable?.reason,
        };
      }),
    ),
    issues: {
      items: [...items],
      total,
      truncationReason: next === undefined ? undefined : `only the first ${mostIssues} files are listed here`,
    },
  };
}

/** A page of the files that are not running rules, those that failed first. */
export function ruleFileIssuesOf(ruleset: Ruleset, page: PageRequest): Page<RuleFileIssue> {
  const issues = ruleset.files
    .filter(({ state }) => state !== "evaluable")
    .map(({ file, state, reason, at }, index) => ({ index, issue: { file, state, reason: reason ?? "", at } }));
  const found = sortedPage(issues, page, {
    types: ["number", "string", "number"],
    // One file can have several rules with an issue.
    keyOf: ({ index, issue }) => [issue.state === "failed" ? 0 : 1, issue.file, index],
  });
  return { ...found, items: found.items.map(({ issue }) => issue) };
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
