import type { Problem } from "#contracts/problem";
import type { Rule } from "../../detection/rule.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Playbook } from "../playbook.ts";
import { compileGuide } from "./compile.ts";
import type { GuideFindings } from "./embedded.ts";

/** A compiled guide, with what was found in it. */
export interface CompiledGuide {
  readonly playbook: Playbook;
  readonly findings: GuideFindings;
}

const compiled = new WeakMap<Rule, Result<CompiledGuide, Problem> | undefined>();

/**
 * The playbook that the investigation guide of a rule is compiled to; undefined if the rule has no guide, or one
 * without any step. A rule is compiled once.
 */
export function guideOfRule(rule: Rule): Playbook | undefined {
  const result = compileGuideOfRule(rule);
  return result?.ok === true ? result.value.playbook : undefined;
}

/** As `guideOfRule`, with the reason why a guide yields no playbook; undefined if the rule has no guide. */
export function compileGuideOfRule(rule: Rule): Result<CompiledGuide, Problem> | undefined {
  if (compiled.has(rule)) {
    return compiled.get(rule);
  }
  const result = compile(rule);
  compiled.set(rule, result);
  return result;
}

function compile(rule: Rule): Result<CompiledGuide, Problem> | undefined {
  const { guide } = rule;
  if (guide === undefined || !hasGuide(rule)) {
    return undefined;
  }
  const { title, findings, ...content } = compileGuide(
    {
      text: guide.note,
      file: rule.source,
      firstLine: guide.noteLine,
      investigate: guide.investigate,
      osquery: guide.osquery,
    },
    { setup: guide.setup },
  );
  if (content.steps.length === 0) {
    return fail({
      code: "playbook.no-steps",
      message: `the guide of "${rule.name}" has neither bullets nor instructions to investigate`,
      at: { file: rule.source, line: guide.noteLine },
      remedy: "Write bullets below a heading such as `### Possible investigation steps`.",
    });
  }
  const playbook: Playbook = {
    id: guideId(rule.id),
    title: title ?? rule.name,
    version: rule.version,
    origin: { kind: "guide", ruleId: rule.id },
    applies: { ruleIds: [rule.id], techniques: [], tags: [], fallback: false },
    source: sourceOf(rule),
    checks: [],
    file: rule.source,
    ...content,
  };
  return ok({ playbook, findings });
}

/** Who wrote it and under which licence. */
function sourceOf({ author, license }: Rule): string {
  const by = author.length === 0 ? "The author of the rule" : author.join(", ");
  return license === undefined ? by : `${by} (${license})`;
}

/** Whether a rule brings a guide; it may be one without any step. */
export function hasGuide({ guide }: Rule): boolean {
  return guide !== undefined && guide.note.trim() !== "";
}

/** The id of the playbook that the guide of a rule is compiled to. */
export function guideId(ruleId: string): string {
  return `guide-${ruleId}`;
}

/** The rule whose guide a playbook with this id is; undefined for other ids. */
export function ruleIdOfGuide(id: string): string | undefined {
  return id.startsWith(guideId("")) ? id.slice(guideId("").length) : undefined;
}
