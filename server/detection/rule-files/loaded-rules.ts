import type { Location, Problem } from "#contracts/problem";
import { ok, type Result } from "../../lib/result.ts";
import type { Macros } from "../languages/tstats/macros.ts";
import type { Rule } from "../rule.ts";
import type { RuleFormatName } from "./formats.ts";
import type { Places } from "./places.ts";
import type { RuleContent } from "./rule-content.ts";
import { resolveCorrelations } from "./sigma-correlation.ts";
import { applyFilters, type FilterOutcome } from "./sigma-filter.ts";
import { yamlPlaces } from "./yaml-document.ts";

/** The outcome of loading one file of a rule folder. */
export interface RuleLoadStatus {
  /** The path as it was reached from the given folder. */
  readonly file: string;
  /**
   * `superseded`: a newer version of the rule is loaded. `duplicate`: another file has the same rule with the same
   * text.
   */
  readonly state: "evaluable" | "not evaluable" | "superseded" | "duplicate" | "failed";
  /** Absent for a file in no known format. */
  readonly format?: RuleFormatName | "splunk macro";
  readonly reason?: string;
  readonly at?: Location;
}

/** A rule with the text that it was read from; of several with one id the newest is active. */
export interface LoadedVersion {
  readonly rule: Rule;
  /** The whole file. */
  readonly text: string;
  /** SHA-256 of the text. */
  readonly hash: string;
  /** The path as it was reached from the given folder. */
  readonly file: string;
  readonly active: boolean;
}

export interface LoadedRules {
  /** The active rules. */
  readonly rules: readonly Rule[];
  readonly versions: readonly LoadedVersion[];
  readonly files: readonly RuleLoadStatus[];
  /** Analysts can use the macros of the rule folders in searches. */
  readonly macros: Macros;
}

/** A file of a rule folder with the rules in it. */
export interface ParsedRuleFile {
  readonly file: string;
  readonly content: RuleContent;
  readonly results: readonly Result<Rule, Problem>[];
}

type Candidate = Omit<LoadedVersion, "active">;

/**
 * Chooses the active rules and derives the status of each file. Of the rules that share an id the newest is active, of
 * equally new ones the first. Correlations refer to active rules.
 */
export function assembleRules(parsed: readonly ParsedRuleFile[], macros: Macros): LoadedRules {
  const { files: filtered, outcomes } = withFilters(parsed);
  const { files, running } = withCorrelations(filtered);
  const candidates = files.flatMap(({ file, content, results }) =>
    results.flatMap((result): Candidate[] =>
      result.ok && !isFilter(result.value) ? [{ rule: result.value, file, ...textOf(content) }] : [],
    ),
  );
  const active = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (running.has(candidate.rule)) {
      active.set(candidate.rule.id, candidate);
    }
  }
  return {
    rules: [...active.values()].map(({ rule }) => rule),
    versions: versionsOf(candidates, active),
    files: files.map((file) => fileStatus(file, active, outcomes)),
    macros,
  };
}

function isFilter({ sigma }: Rule): boolean {
  return sigma?.filter !== undefined;
}

/** The files with their filters applied to the rules that these name, and what became of each filter. */
function withFilters(parsed: readonly ParsedRuleFile[]): {
  readonly files: readonly ParsedRuleFile[];
  readonly outcomes: ReadonlyMap<Rule, FilterOutcome>;
} {
  const origins = originsOf(parsed);
  const all = [...origins.keys()];
  const filters = [...newestOf(all.filter(isFilter)).values()];
  if (filters.length === 0) {
    return { files: parsed, outcomes: new Map() };
  }
  const rules = all.filter((rule) => !isFilter(rule));
  const { changed, outcomes } = applyFilters(rules, filters, placesFrom(origins));
  return { files: replaced(parsed, (rule) => changed.get(rule) ?? rule), outcomes };
}

type Origins = ReadonlyMap<Rule, { readonly content: RuleContent; readonly position: number }>;

function originsOf(parsed: readonly ParsedRuleFile[]): Origins {
  return new Map(
    parsed.flatMap(({ content, results }) =>
      results.flatMap((result, position) => (result.ok ? [[result.value, { content, position }] as const] : [])),
    ),
  );
}

function placesFrom(origins: Origins): (rule: Rule) => Places {
  return (rule) => {
    const { content, position } = origins.get(rule) ?? {};
    return yamlPlaces(textOf(content).text, position);
  };
}

function replaced(files: readonly ParsedRuleFile[], latest: (rule: Rule) => Rule): readonly ParsedRuleFile[] {
  return files.map((file) => ({
    ...file,
    results: file.results.map((result) => (result.ok ? ok(latest(result.value)) : result)),
  }));
}

/** The files with the bodies of correlations filled in, and the newest rule of each id. */
function withCorrelations(parsed: readonly ParsedRuleFile[]): {
  readonly files: readonly ParsedRuleFile[];
  readonly running: ReadonlySet<Rule>;
} {
  const origins = originsOf(parsed);
  const rules = [...origins.keys()].filter((rule) => !isFilter(rule));
  const newest = [...newestOf(rules).values()];
  const resolved = resolveCorrelations(newest, rules, placesFrom(origins));
  const latest = (rule: Rule) => resolved.get(rule) ?? rule;
  return { files: replaced(parsed, latest), running: new Set(newest.map(latest)) };
}

/** The newest rule of each id, in the order in which the ids come first. */
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

/** All versions without identical copies; the active one represents its copies. */
function versionsOf(
  candidates: readonly Candidate[],
  active: ReadonlyMap<string, Candidate>,
): readonly LoadedVersion[] {
  const kept = new Set<string>();
  return candidates
    .map((candidate) => ({ ...candidate, active: active.get(candidate.rule.id)?.rule === candidate.rule }))
    .toSorted((left, right) => Number(right.active) - Number(left.active))
    .filter(({ rule, hash }) => {
      const key = `${hash} ${rule.id}`;
      return !kept.has(key) && kept.add(key);
    });
}

function textOf(content: RuleContent | undefined): Pick<LoadedVersion, "text" | "hash"> {
  return content?.kind === "rules" ? { text: content.text, hash: content.hash } : { text: "", hash: "" };
}

const severityOrder: readonly RuleLoadStatus["state"][] = [
  "evaluable",
  "duplicate",
  "superseded",
  "not evaluable",
  "failed",
];

/** The status of a file is that of its worst rule. */
function fileStatus(
  { file, content, results }: ParsedRuleFile,
  active: ReadonlyMap<string, Candidate>,
  outcomes: ReadonlyMap<Rule, FilterOutcome>,
): RuleLoadStatus {
  if (content.kind === "other") {
    return { file, state: "not evaluable", reason: content.reason, at: content.at };
  }
  const statuses = results.map((result) =>
    result.ok && isFilter(result.value)
      ? filterStatus(file, outcomes.get(result.value))
      : ruleStatus(file, result, content, active),
  );
  const worst = statuses.reduce<RuleLoadStatus>(
    (worse, status) => (severityOrder.indexOf(status.state) > severityOrder.indexOf(worse.state) ? status : worse),
    statuses[0] ?? { file, state: "evaluable" },
  );
  switch (content.kind) {
    case "problem":
      return worst;
    case "macros":
      return { ...worst, format: "splunk macro" };
    case "rules":
      return { ...worst, format: content.format.name };
  }
}

function ruleStatus(
  file: string,
  result: Result<Rule, Problem>,
  content: RuleContent,
  active: ReadonlyMap<string, Candidate>,
): RuleLoadStatus {
  if (!result.ok) {
    return { file, state: "failed", reason: result.error.message, at: result.error.at };
  }
  const { id, version, body } = result.value;
  const winner = active.get(id);
  if (winner !== undefined && winner.rule !== result.value) {
    return winner.hash === textOf(content).hash
      ? { file, state: "duplicate", reason: `the rule ${id} is loaded with the same text from ${winner.rule.source}` }
      : {
          file,
          state: "superseded",
          reason:
            `version ${version} of the rule ${id} is kept for comparison; ` +
            `version ${winner.rule.version} in ${winner.rule.source} runs`,
        };
  }
  return body.kind === "not-evaluable"
    ? { file, state: "not evaluable", reason: body.reason, at: body.at }
    : { file, state: "evaluable" };
}

/** A filter without an outcome is an older version, or a copy, of one that has one. */
function filterStatus(file: string, outcome: FilterOutcome | undefined): RuleLoadStatus {
  switch (outcome?.kind) {
    case undefined:
      return { file, state: "superseded", reason: "another file has this filter" };
    case "applied":
      return { file, state: "evaluable" };
    case "not-applied":
      return { file, state: "not evaluable", reason: outcome.reason, at: outcome.at };
    case "failed":
      return { file, state: "failed", reason: outcome.problem.message, at: outcome.problem.at };
  }
}

/**
 * Compares counted versions and dates number by number, from the left; a version without numbers is older than any
 * other. A date and a count cannot be compared: 0.
 */
export function compareVersions(left: string, right: string): number {
  const dates = [left, right].map((version) => /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}/.test(version));
  if (dates[0] !== dates[1] && /\d/.test(left) && /\d/.test(right)) {
    return 0;
  }
  const [a, b] = [left, right].map((version) => (version.match(/\d+/g) ?? []).map(Number));
  for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index += 1) {
    const difference = (a?.[index] ?? -1) - (b?.[index] ?? -1);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}
