import { hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Location, Problem } from "#contracts/problem";
import { assertNever, fail, ok, type Result } from "../../lib/result.ts";
import { locationAt } from "../languages/source.ts";
import { type Macro, type Macros, macrosOf } from "../languages/tstats/macros.ts";
import type { Rule } from "../rule.ts";
import { parseElasticRule } from "./elastic-rule.ts";
import { encodingProblem } from "./places.ts";
import { type RuleFile, readFolder } from "./rule-folder.ts";
import { resolveCorrelations } from "./sigma-correlation.ts";
import { looksLikeSigmaRule, parseSigmaRule } from "./sigma-rule.ts";
import { looksLikeMacro, looksLikeSplunkRule, parseMacro, parseSplunkRule } from "./splunk-rule.ts";
import { parseYamlDocuments, yamlPlaces } from "./yaml-document.ts";

/** What became of one file of a rule folder. */
export interface RuleLoadStatus {
  /** The path as it was reached from the folder that was given. */
  readonly file: string;
  /** `superseded`: a rule with this id is loaded in a newer version. `duplicate`: with the very same text. */
  readonly state: "evaluable" | "not evaluable" | "superseded" | "duplicate" | "failed";
  /** Whose format it is; absent for a file that could not be read as anything. */
  readonly format?: "elastic" | "sigma" | "splunk" | "splunk macro";
  readonly reason?: string;
  readonly at?: Location;
}

/** A rule with the text that it was read from; of several with one id, the newest is active. */
export interface LoadedVersion {
  readonly rule: Rule;
  /** The whole file. */
  readonly text: string;
  /** SHA-256 of the text. */
  readonly hash: string;
  /** The path as it was reached from the folder that was given. */
  readonly file: string;
  readonly active: boolean;
}

export interface LoadedRules {
  /** The active ones. */
  readonly rules: readonly Rule[];
  readonly versions: readonly LoadedVersion[];
  readonly files: readonly RuleLoadStatus[];
  /** For searches that people type: they may use the macros of the rule folders. */
  readonly macros: Macros;
}

export type RuleLoader = (folders: readonly string[]) => Promise<LoadedRules>;

/** Loads the folders once. */
export const loadRules: RuleLoader = (folders) => createRuleLoader()(folders);

/** How long the loader works before others get their turn, in milliseconds. */
const SLICE = 20;

/**
 * Loads all rules below the folders: Elastic's TOML, Splunk's YAML with its macros, Sigma's YAML. One bad file never stops the load; each
 * file's fate is told. Symbolic links are not followed. A folder that cannot be read is a failed file. Loading again takes
 * only what has changed since the time before.
 */
export function createRuleLoader(): RuleLoader {
  let known: FileCache = new Map();
  let parsedBefore: ParseCache = new Map();
  return async (folders) => {
    const breathe = breather();
    const read: FileCache = new Map();
    const stamped = (await Promise.all(folders.map((folder) => readFolder(folder, known)))).flat();
    const contents: Content[] = [];
    for (const { stamp, file, content } of stamped) {
      const one = { stamp, file, content: content ?? contentOf(file) };
      read.set(file.file, one);
      contents.push(one.content);
      await breathe();
    }
    const macros = macrosIn(contents);
    const parsed: ParseCache = new Map();
    for (const content of contents) {
      const before = parsedBefore.get(content);
      const same = before !== undefined && (content.kind !== "splunk" || before.macros === macros.key);
      parsed.set(content, same ? before : { results: rulesOf(content, macros.macros), macros: macros.key });
      await breathe();
    }
    known = read;
    parsedBefore = parsed;
    const files = stamped.map(({ file }) => file);
    return assemble(files, contents, (content) => parsed.get(content)?.results ?? [], macros.macros);
  };
}

type FileCache = Map<string, { readonly stamp: string; readonly file: RuleFile; readonly content: Content }>;
type ParseCache = Map<Content, { readonly results: readonly Result<Rule, Problem>[]; readonly macros: string }>;

function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since > SLICE) {
      await setImmediate();
      since = performance.now();
    }
  };
}

/** Rules and fates of files that have been read. Macros of all files are known to all rules, whatever their order; and `more`. */
export function readRules(files: readonly RuleFile[], more: Macros = new Map()): LoadedRules {
  const contents = files.map(contentOf);
  const macros = new Map([...more, ...macrosIn(contents).macros]);
  return assemble(files, contents, (content) => rulesOf(content, macros), macros);
}

function macrosIn(contents: readonly Content[]): { readonly macros: Macros; readonly key: string } {
  const found = contents.flatMap((content) => (content.kind === "macro" ? [content.macro] : []));
  return { macros: macrosOf(found), key: JSON.stringify(found) };
}

const formats = { toml: "elastic", sigma: "sigma", splunk: "splunk", macro: "splunk macro" } as const;

/**
 * Of the rules that share an id the newest is active, of equally new ones the first; the fates follow from that. Correlations
 * are made of active rules.
 */
function assemble(
  files: readonly RuleFile[],
  contents: readonly Content[],
  parse: (content: Content) => readonly Result<Rule, Problem>[],
  macros: Macros,
): LoadedRules {
  const parsed = contents.map(parse);
  const all = parsed.flat().flatMap((result) => (result.ok ? [result.value] : []));
  const running = newestOf(all);
  const homes = new Map(
    parsed.flatMap((results, file) =>
      results.flatMap((result, position) => (result.ok ? [[result.value, { file, position }] as const] : [])),
    ),
  );
  const resolved = resolveCorrelations([...running.values()], all, (rule) => {
    const { file = 0, position } = homes.get(rule) ?? {};
    return yamlPlaces(textOf(contents[file]).text, position);
  });
  const byFile = parsed.map((results) =>
    results.map((result) => (result.ok ? ok(resolved.get(result.value) ?? result.value) : result)),
  );
  const candidates = byFile.flatMap((results, file) =>
    results.flatMap((result): Candidate[] =>
      result.ok ? [{ rule: result.value, file: files[file]?.file ?? "", ...textOf(contents[file]) }] : [],
    ),
  );
  const active = new Map<string, Candidate>();
  const runs = new Set([...running.values()].map((rule) => resolved.get(rule) ?? rule));
  for (const candidate of candidates) {
    if (runs.has(candidate.rule)) {
      active.set(candidate.rule.id, candidate);
    }
  }
  const kept = new Set<string>();
  const versions = candidates
    .map((candidate) => ({ ...candidate, active: active.get(candidate.rule.id)?.rule === candidate.rule }))
    // The active one stands for its copies.
    .toSorted((left, right) => Number(right.active) - Number(left.active))
    .filter(({ rule, hash }) => {
      const key = `${hash} ${rule.id}`;
      return !kept.has(key) && kept.add(key);
    });
  const fates = files.map(({ file }, index): RuleLoadStatus => {
    const content = contents[index];
    if (content === undefined || content.kind === "other") {
      return { file, state: "not evaluable", reason: content?.reason, at: content?.at };
    }
    const [first, ...more] = (byFile[index] ?? []).map((result) => fateOf(file, result, content, active));
    const worst = first === undefined ? { file, state: "evaluable" as const } : worstOf(first, more);
    return content.kind === "problem" ? worst : { ...worst, format: formats[content.kind] };
  });
  return { rules: [...active.values()].map(({ rule }) => rule), versions, files: fates, macros };
}

/** By id, in the order in which the ids come first. */
function newestOf(rules: readonly Rule[]): ReadonlyMap<string, Rule> {
  const newest = new Map<string, Rule>();
  for (const rule of rules) {
    const known = newest.get(rule.id);
    if (known === undefined || compareVersions(rule.version, known.version) > 0) {
      newest.set(rule.id, rule);
    }
  }
  return newest;
}

type Candidate = Omit<LoadedVersion, "active">;

function textOf(content: Content | undefined): Pick<LoadedVersion, "text" | "hash"> {
  return content !== undefined && "hash" in content ? content : { text: "", hash: "" };
}

function fateOf(
  file: string,
  result: Result<Rule, Problem>,
  content: Content,
  active: ReadonlyMap<string, Candidate>,
): RuleLoadStatus {
  if (!result.ok) {
    return { file, state: "failed", reason: result.error.message, at: result.error.at };
  }
  const { id, version, body } = result.value;
  const winner = active.get(id);
  if (winner !== undefined && winner.rule !== result.value) {
    const there = `version ${winner.rule.version} in ${winner.rule.source}`;
    return winner.hash === textOf(content).hash
      ? { file, state: "duplicate", reason: `the rule ${id} is loaded with this very text from ${winner.rule.source}` }
      : {
          file,
          state: "superseded",
          reason: `version ${version} of the rule ${id} is kept for comparison; ${there} runs`,
        };
  }
  return body.kind === "not-evaluable"
    ? { file, state: "not evaluable", reason: body.reason, at: body.at }
    : { file, state: "evaluable" };
}

/**
 * Counted versions and dates by their numbers, from the left; what has no numbers is older than everything. A date and a
 * count tell nothing of each other: 0.
 */
export function compareVersions(left: string, right: string): number {
  const dates = [left, right].map((version) => /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}/.test(version));
  if (dates[0] !== dates[1] && /\d/.test(left) && /\d/.test(right)) {
    return 0;
  }
  const [a, b] = [left, right].map((version) => (version.match(/\d+/g) ?? []).map(Number));
  for (let place = 0; place < Math.max(a?.length ?? 0, b?.length ?? 0); place += 1) {
    const difference = (a?.[place] ?? -1) - (b?.[place] ?? -1);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

const order: readonly RuleLoadStatus["state"][] = ["evaluable", "duplicate", "superseded", "not evaluable", "failed"];

/** The fate of a file is that of its worst document. */
function worstOf(first: RuleLoadStatus, more: readonly RuleLoadStatus[]): RuleLoadStatus {
  return more.reduce((worst, fate) => (order.indexOf(fate.state) > order.indexOf(worst.state) ? fate : worst), first);
}

type Content =
  | ({ readonly kind: "toml"; readonly source: string } & Text)
  | ({ readonly kind: "splunk"; readonly source: string; readonly value: unknown } & Text)
  | ({ readonly kind: "sigma"; readonly source: string; readonly values: readonly unknown[] } & Text)
  | { readonly kind: "macro"; readonly macro: Macro }
  | { readonly kind: "other"; readonly reason: string; readonly at: Location }
  | { readonly kind: "problem"; readonly problem: Problem };

type Text = Pick<LoadedVersion, "text" | "hash">;

function contentOf({ source, text }: RuleFile): Content {
  if (!text.ok) {
    return { kind: "problem", problem: text.error };
  }
  const zero = text.value.indexOf("\0");
  if (zero !== -1) {
    return { kind: "problem", problem: encodingProblem(text.value, zero) };
  }
  const whole = { source, text: text.value, hash: hash("sha256", text.value) };
  if (/\.toml$/i.test(source)) {
    return { kind: "toml", ...whole };
  }
  const documents = parseYamlDocuments(text.value);
  if (!documents.ok) {
    return { kind: "problem", problem: documents.error };
  }
  const [value] = documents.value;
  if (looksLikeSigmaRule(value)) {
    return { kind: "sigma", ...whole, values: documents.value };
  }
  if (looksLikeMacro(value)) {
    const macro = parseMacro(value, text.value);
    return macro.ok ? { kind: "macro", macro: macro.value } : { kind: "problem", problem: macro.error };
  }
  return looksLikeSplunkRule(value)
    ? { kind: "splunk", ...whole, value }
    : {
        kind: "other",
        reason: "neither a detection nor a macro of a format that is supported",
        at: locationAt(text.value, Math.max(0, text.value.search(/^(?!---|%|#|\s*$)/m))),
      };
}

function rulesOf(content: Content, macros: Macros): readonly Result<Rule, Problem>[] {
  switch (content.kind) {
    case "problem":
      return [fail(content.problem)];
    case "macro":
    case "other":
      return [];
    case "toml":
      return [parseElasticRule(content.text, content.source)];
    case "splunk":
      return [parseSplunkRule(content.value, content.text, content.source, macros)];
    case "sigma":
      return content.values.map((value, position) => parseSigmaRule(value, content.text, content.source, position));
    default:
      return assertNever(content);
  }
}
