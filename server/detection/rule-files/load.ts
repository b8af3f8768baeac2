import { setImmediate } from "node:timers/promises";
import type { Problem } from "#contracts/problem";
import type { Result } from "../../lib/result.ts";
import { type Macros, macrosOf } from "../languages/tstats/macros.ts";
import type { Rule } from "../rule.ts";
import { assembleRules, type LoadedRules } from "./loaded-rules.ts";
import { parseContent, type RuleContent, readContent, usesMacros } from "./rule-content.ts";
import { type RuleFile, readFolder, type StampedFile } from "./rule-folder.ts";

export type RuleLoader = (folders: readonly string[]) => Promise<LoadedRules>;

/** Loads the folders once. */
export const loadRules: RuleLoader = (folders) => createRuleLoader()(folders);

/** How long the loader works before it yields to other tasks, in milliseconds. */
const SLICE = 20;

interface CachedFile extends StampedFile<RuleContent> {
  readonly content: RuleContent;
}

interface ParsedContent {
  readonly results: readonly Result<Rule, Problem>[];
  /** Identifies the macros that the rules were parsed with. */
  readonly macrosKey: string;
}

/**
 * Loads all rules below the folders: Elastic's TOML, Splunk's YAML with its macros, Sigma's YAML. A bad file never
 * stops the load: each file has a status. Symbolic links are not followed; a folder that cannot be read is a failed
 * file. A second load reads only what has changed.
 */
export function createRuleLoader(): RuleLoader {
  let fileCache: ReadonlyMap<string, CachedFile> = new Map();
  let parseCache: ReadonlyMap<RuleContent, ParsedContent> = new Map();
  return async (folders) => {
    const yieldWhenDue = createYield();
    const stamped = (await Promise.all(folders.map((folder) => readFolder(folder, fileCache)))).flat();
    const files: CachedFile[] = [];
    for (const { stamp, file, content } of stamped) {
      files.push({ stamp, file, content: content ?? readContent(file) });
      await yieldWhenDue();
    }
    const { macros, key } = macrosIn(files);
    const parsed = new Map<RuleContent, ParsedContent>();
    for (const { content } of files) {
      const cached = parseCache.get(content);
      const isCurrent = cached !== undefined && (!usesMacros(content) || cached.macrosKey === key);
      parsed.set(content, isCurrent ? cached : { results: parseContent(content, macros), macrosKey: key });
      await yieldWhenDue();
    }
    fileCache = new Map(files.map((one) => [one.file.file, one]));
    parseCache = parsed;
    return assembleRules(
      files.map(({ file: { file }, content }) => ({ file, content, results: parsed.get(content)?.results ?? [] })),
      macros,
    );
  };
}

function createYield(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since > SLICE) {
      await setImmediate();
      since = performance.now();
    }
  };
}

/** The rules of files that have been read. All macros of the files, and `more`, are known to all rules in any order. */
export function readRules(files: readonly RuleFile[], more: Macros = new Map()): LoadedRules {
  const contents = files.map((file) => ({ file: file.file, content: readContent(file) }));
  const macros = new Map([...more, ...macrosIn(contents).macros]);
  return assembleRules(
    contents.map(({ file, content }) => ({ file, content, results: parseContent(content, macros) })),
    macros,
  );
}

function macrosIn(files: readonly { readonly content: RuleContent }[]): {
  readonly macros: Macros;
  readonly key: string;
} {
  const found = files.flatMap(({ content }) => (content.kind === "macros" ? content.macros : []));
  return { macros: macrosOf(found), key: JSON.stringify(found) };
}
