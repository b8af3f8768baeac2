import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Location, Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { type Macro, type Macros, macrosOf } from "../languages/tstats/macros.ts";
import type { Rule } from "../rule.ts";
import { parseElasticRule } from "./elastic-rule.ts";
import { looksLikeSigmaRule, parseSigmaRule } from "./sigma-rule.ts";
import { looksLikeMacro, looksLikeSplunkRule, parseMacro, parseSplunkRule } from "./splunk-rule.ts";
import { parseYamlDocuments } from "./yaml-document.ts";

/** What became of one file of a rule folder. */
export interface FileFate {
  /** The path as it was reached from the folder that was given. */
  readonly file: string;
  readonly state: "evaluable" | "not evaluable" | "failed";
  /** Whose format it is; absent for a file that could not be read as anything. */
  readonly format?: "elastic" | "sigma" | "splunk" | "splunk macro";
  readonly reason?: string;
  readonly at?: Location;
}

export interface LoadedRules {
  readonly rules: readonly Rule[];
  readonly files: readonly FileFate[];
  /** For searches that people type: they may use the macros of the rule folders. */
  readonly macros: Macros;
}

/** A file of a rule folder; `text` is a problem where it could not be read. */
export interface RuleFile {
  readonly file: string;
  /** Relative to the folder that was given. */
  readonly source: string;
  readonly text: Result<string, Problem>;
}

/** A rule file larger than this is refused: the largest in the field has a tenth of it. */
const maximumFileSize = 2 * 1024 * 1024;

/**
 * Loads all rules below the folders: Elastic's TOML, Splunk's YAML with its macros, Sigma's YAML. One bad file never stops the load; each
 * file's fate is told. Symbolic links are not followed. A folder that cannot be read is a failed file.
 */
export async function loadRules(folders: readonly string[]): Promise<LoadedRules> {
  const files = await Promise.all(folders.map(readFolder));
  return readRules(files.flat());
}

async function readFolder(folder: string): Promise<readonly RuleFile[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile() && /\.(?:toml|ya?ml)$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    return await Promise.all(paths.map((file) => readRuleFile(folder, file)));
  } catch (error) {
    return [{ file: folder, source: "", text: unreadable(error) }];
  }
}

async function readRuleFile(folder: string, file: string): Promise<RuleFile> {
  const source = relative(folder, file).replaceAll("\\", "/");
  try {
    const { size } = await stat(file);
    if (size > maximumFileSize) {
      const message = `the file has ${size} bytes; at most ${maximumFileSize} are read`;
      return { file, source, text: fail({ code: "rule-size", message }) };
    }
    return { file, source, text: ok(await readFile(file, "utf8")) };
  } catch (error) {
    return { file, source, text: unreadable(error) };
  }
}

function unreadable(error: unknown): Result<string, Problem> {
  return fail({ code: "rule-unreadable", message: error instanceof Error ? error.message : String(error) });
}

type Content =
  | { readonly kind: "toml"; readonly text: string }
  | { readonly kind: "splunk"; readonly text: string; readonly value: unknown }
  | { readonly kind: "sigma"; readonly text: string; readonly values: readonly unknown[] }
  | { readonly kind: "macro"; readonly macro: Macro }
  | { readonly kind: "other"; readonly reason: string }
  | { readonly kind: "problem"; readonly problem: Problem };

/** Rules and fates of files that have been read. Macros of all files are known to all rules, whatever their order. */
export function readRules(files: readonly RuleFile[]): LoadedRules {
  const contents = files.map(contentOf);
  const macros = macrosOf(contents.flatMap((content) => (content.kind === "macro" ? [content.macro] : [])));
  const rules = new Map<string, Rule>();
  const fates = files.map(({ file, source }, index): FileFate => {
    const content = contents[index];
    if (content === undefined || content.kind === "macro") {
      return { file, state: "evaluable", format: "splunk macro" };
    }
    if (content.kind === "other") {
      return { file, state: "not evaluable", reason: content.reason };
    }
    const [first, ...more] = rulesOf(content, source, macros);
    const worst = worstOf(
      fateOf(file, first, rules),
      more.map((rule) => fateOf(file, rule, rules)),
    );
    return content.kind === "problem" ? worst : { ...worst, format: formats[content.kind] };
  });
  return { rules: [...rules.values()], files: fates, macros };
}

const formats = { toml: "elastic", sigma: "sigma", splunk: "splunk" } as const;

/** Keeps a rule, unless its id is taken, and tells what became of it. */
function fateOf(file: string, rule: Result<Rule, Problem>, rules: Map<string, Rule>): FileFate {
  if (!rule.ok) {
    return { file, state: "failed", reason: rule.error.message, at: rule.error.at };
  }
  const known = rules.get(rule.value.id);
  if (known !== undefined) {
    return { file, state: "failed", reason: `the rule id ${rule.value.id} is taken by ${known.source}` };
  }
  rules.set(rule.value.id, rule.value);
  return rule.value.body.kind === "not-evaluable"
    ? { file, state: "not evaluable", reason: rule.value.body.reason }
    : { file, state: "evaluable" };
}

/** The fate of a file is that of its worst document. */
function worstOf(first: FileFate, more: readonly FileFate[]): FileFate {
  return more.reduce(
    (worst, fate) =>
      fate.state === "failed" || (fate.state === "not evaluable" && worst.state === "evaluable") ? fate : worst,
    first,
  );
}

function contentOf({ source, text }: RuleFile): Content {
  if (!text.ok) {
    return { kind: "problem", problem: text.error };
  }
  if (/\.toml$/i.test(source)) {
    return { kind: "toml", text: text.value };
  }
  const documents = parseYamlDocuments(text.value);
  if (!documents.ok) {
    return { kind: "problem", problem: documents.error };
  }
  const [value] = documents.value;
  if (looksLikeSigmaRule(value)) {
    return { kind: "sigma", text: text.value, values: documents.value };
  }
  if (looksLikeMacro(value)) {
    const macro = parseMacro(value);
    return macro.ok ? { kind: "macro", macro: macro.value } : { kind: "problem", problem: macro.error };
  }
  return looksLikeSplunkRule(value)
    ? { kind: "splunk", text: text.value, value }
    : { kind: "other", reason: "neither a detection nor a macro of a format that is supported" };
}

function rulesOf(
  content: Content & { readonly kind: "toml" | "splunk" | "sigma" | "problem" },
  source: string,
  macros: Macros,
): readonly [Result<Rule, Problem>, ...Result<Rule, Problem>[]] {
  switch (content.kind) {
    case "problem":
      return [fail(content.problem)];
    case "toml":
      return [parseElasticRule(content.text, source)];
    case "splunk":
      return [parseSplunkRule(content.value, content.text, source, macros)];
    case "sigma": {
      const [first, ...more] = content.values;
      return [
        parseSigmaRule(first, content.text, source),
        ...more.map((value) => parseSigmaRule(value, content.text, source)),
      ];
    }
  }
}
