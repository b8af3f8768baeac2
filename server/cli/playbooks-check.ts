import { relative } from "node:path";
import type { Problem } from "#contracts/problem";
import type { Config } from "../config.ts";
import type { Rule } from "../detection/rule.ts";
import { loadRules } from "../detection/rule-files/load.ts";
import { visible } from "../lib/visible.ts";
import { collectPlaybooks } from "../playbooks/choose.ts";
import type { GuideFindings } from "../playbooks/guide/embedded.ts";
import { compileGuideOfRule } from "../playbooks/guide/of-rule.ts";
import { loadPlaybooks } from "../playbooks/load.ts";
import type { Playbook } from "../playbooks/playbook.ts";
import { describe, type ExitCode } from "./command.ts";
import { json, type Terminal } from "./terminal.ts";

/** What became of a file or of the guide of a rule. */
interface CheckedPlaybook {
  readonly file: string;
  readonly kind: Playbook["origin"]["kind"];
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly ruleIds: readonly string[];
  readonly ruleNames: readonly string[];
  readonly steps: number;
  readonly queries: number;
  readonly osquery: number;
  readonly checks: number;
  readonly texts: number;
  readonly unresolved: readonly string[];
  readonly warnings: readonly Problem[];
}

interface CheckedFolder {
  readonly playbooks: readonly Playbook[];
  readonly rules: readonly Rule[];
  readonly problems: readonly Problem[];
}

/** Compiles the playbooks and guides of the folders, or the configured ones, and reports on them. */
export async function checkPlaybooks(
  given: readonly string[],
  config: Config,
  asJson: boolean,
  terminal: Terminal,
): Promise<ExitCode> {
  const configured = await loadRules(config.ruleFolders);
  const folders = given.length > 0 ? given : config.playbookFolders;
  const checked = await Promise.all(folders.map(checkFolder));
  const rules = given.length > 0 ? checked.flatMap((folder) => folder.rules) : configured.rules;
  const byId = new Map([...configured.rules, ...rules].map((rule) => [rule.id, rule]));
  const names = new Set([...byId.values()].map(({ name }) => name.toLowerCase()));

  const problems = checked.flatMap((folder) => folder.problems);
  const loaded = checked.flatMap((folder) => folder.playbooks);
  const { all, overrides } = collectPlaybooks(loaded, (id) => byId.get(id));
  const unknown = all.flatMap(({ file, applies }): readonly Problem[] => [
    ...applies.ruleIds.filter((id) => !byId.has(id)).map((id) => unknownRule(`no loaded rule has the id ${id}`, file)),
    ...(applies.ruleNames ?? [])
      .filter((name) => !names.has(name.toLowerCase()))
      .map((name) => unknownRule(`no loaded rule has the name "${name}"`, file)),
  ]);
  const guides = guidesOf(rules);
  const empty = folders.filter((_, index) => {
    const folder = checked[index];
    return folder !== undefined && folder.playbooks.length === 0 && guidesOf(folder.rules).compiled.length === 0;
  });
  const playbooks = all.map((playbook) => summaryOf(playbook));
  const searches = all.filter(({ origin }) => origin.kind === "security-onion");
  const compiled = sumOf(searches, ({ queries }) => queries.length);
  // Each search that cannot be run is one problem.
  const refused = sumOf(searches, ({ warnings }) => warnings.filter(({ code }) => code === INVALID_QUERY).length);
  const totals = {
    ...guides.totals,
    queries: (guides.totals["queries"] ?? 0) + compiled + refused,
    queriesThatCompile: (guides.totals["queriesThatCompile"] ?? 0) + compiled,
    playbooks: playbooks.length,
    steps: [...playbooks, ...guides.compiled].reduce((sum, { steps }) => sum + steps, 0),
  };
  const report = {
    playbooks,
    guides: guides.compiled,
    nothing: guides.nothing,
    totals,
    overrides,
    warnings: unknown,
    problems,
    empty,
  };
  terminal.out(asJson ? json(report) : `${linesOf(report).map(visible).join("\n")}\n`);
  return problems.length > 0 || empty.length > 0 ? 1 : 0;
}

const INVALID_QUERY = "playbook.invalid-query" satisfies Problem["code"];

function sumOf<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((sum, one) => sum + value(one), 0);
}

function unknownRule(message: string, file: string): Problem {
  return { code: "playbook.unknown-rule", message, at: { file } };
}

/** Loads a folder that may hold playbooks and rules: a file that is a rule is not a playbook that failed. */
async function checkFolder(folder: string): Promise<CheckedFolder> {
  const [loaded, { rules, files }] = await Promise.all([loadPlaybooks([folder]), loadRules([folder])]);
  const ruleFiles = new Set(
    files.filter(({ format }) => format !== undefined).map(({ file }) => relative(folder, file)),
  );
  const problems = loaded.problems.filter(({ at }) => at?.file === undefined || !ruleFiles.has(at.file));
  return { playbooks: loaded.playbooks, rules, problems };
}

function guidesOf(rules: readonly Rule[]): {
  readonly compiled: readonly CheckedPlaybook[];
  /** Guides without any step, with the reason. */
  readonly nothing: readonly Problem[];
  readonly totals: Readonly<Record<string, number>>;
} {
  const results = rules.flatMap((rule) => compileGuideOfRule(rule) ?? []);
  const compiled = results.flatMap((result) => (result.ok ? [result.value] : []));
  const nothing = results.flatMap((result) => (result.ok ? [] : [result.error]));
  const sum = (value: (findings: GuideFindings) => number): number =>
    compiled.reduce((total, { findings }) => total + value(findings), 0);
  return {
    compiled: compiled.map(({ playbook, findings }) => summaryOf(playbook, findings)),
    nothing,
    totals: {
      guides: results.length,
      guidesWithSteps: compiled.length,
      percentWithSteps: results.length === 0 ? 100 : Math.round((compiled.length / results.length) * 1000) / 10,
      queries: sum(({ queries }) => queries),
      queriesThatCompile: sum(({ compiled: count }) => count),
      osquery: sum(({ osquery }) => osquery),
      unresolved: sum(({ unresolved }) => unresolved.length),
    },
  };
}

function summaryOf(playbook: Playbook, findings?: GuideFindings): CheckedPlaybook {
  const { file, origin, id, title, version, applies, steps, queries, checks, texts, warnings } = playbook;
  return {
    file,
    kind: origin.kind,
    id,
    title,
    version,
    ruleIds: applies.ruleIds,
    ruleNames: applies.ruleNames ?? [],
    steps: steps.length,
    queries: queries.length,
    osquery: steps.reduce((sum, step) => sum + step.osquery.length, 0),
    checks: checks.length,
    texts: texts.length,
    unresolved: findings?.unresolved ?? [],
    warnings,
  };
}

function linesOf(report: {
  readonly playbooks: readonly CheckedPlaybook[];
  readonly guides: readonly CheckedPlaybook[];
  readonly nothing: readonly Problem[];
  readonly totals: Readonly<Record<string, number>>;
  readonly overrides: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly problems: readonly Problem[];
  readonly empty: readonly string[];
}): readonly string[] {
  const { playbooks, guides, nothing, totals, overrides, warnings, problems, empty } = report;
  const { guides: count = 0, guidesWithSteps, percentWithSteps, queries, queriesThatCompile, osquery } = totals;
  return [
    ...playbooks.map(
      (one) =>
        `${one.title} (${one.version}): ${one.steps} steps, ${one.queries} queries, ${one.checks} checks` +
        (one.kind === "playbook" ? "" : ` [${one.kind}]`),
    ),
    ...(count === 0 ? [] : [`${count} guides of rules: ${guidesWithSteps} with steps (${percentWithSteps} %)`]),
    ...(count === 0 && queries === 0
      ? []
      : [`  ${queries} queries, ${queriesThatCompile} of them can be run; ${osquery} osquery queries`]),
    ...[...playbooks, ...guides].flatMap((one) => one.warnings.map((problem) => `warning: ${describe(problem)}`)),
    ...warnings.map((problem) => `warning: ${describe(problem)}`),
    ...overrides.map((problem) => `note: ${describe(problem)}`),
    ...nothing.map((problem) => `without steps: ${describe(problem)}`),
    ...problems.map((problem) => `failed: ${describe(problem)}`),
    ...empty.map((folder) => `nothing to use: ${folder} has no playbook, and no rule with a guide that yields steps`),
  ];
}
