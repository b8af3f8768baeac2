import { access, constants } from "node:fs/promises";
import type { RuleFolders } from "#contracts/rule";
import { folderOf, type Ruleset } from "./ruleset.ts";

/** Most files listed individually. */
const mostIssues = 500;

/** The rule folders, and their files that are not running rules. */
export async function ruleFoldersOf(ruleset: Ruleset): Promise<RuleFolders> {
  const byFolder = Map.groupBy(ruleset.files, ({ file }) => folderOf(file, ruleset.folders));
  const rules = Map.groupBy(ruleset.entries.values(), ({ folder }) => folder);
  const issues = ruleset.files.filter(({ state }) => state !== "evaluable");
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
    issues: issues
      // Failed files first.
      .toSorted((left, right) => Number(right.state === "failed") - Number(left.state === "failed"))
      .slice(0, mostIssues)
      .map(({ file, state, reason, at }) => ({ file, state, reason: reason ?? "", at })),
    issuesTotal: issues.length,
  };
}

async function isWritable(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
