import type { RuleStructure } from "#contracts/rule-structure";
import { conjunctsOf, fieldsOf, literalsOf } from "../condition/fields.ts";
import { printEql } from "../condition/print.ts";
import type { Condition } from "../condition/tree.ts";
import { describeMeasure, describePlan } from "../detection/correlation/facts.ts";
import { type CorrelationPlan, eventInputs, timeSpanOf } from "../detection/correlation/plan.ts";
import type { Rule } from "../detection/rule.ts";
import { ruleLanguages } from "../detection/rule-languages.ts";
import type { JoinKey, SequencePlan, SequenceStage } from "../detection/sequence/plan.ts";
import { assertNever } from "../lib/result.ts";
import { conditionsOf, type Indicator, indicatorsOf } from "./indicators.ts";
import type { Ruleset } from "./ruleset.ts";

type Stage = RuleStructure["stages"][number];
type Exclusion = Stage["exclusions"][number];

/** Most indicators listed per rule; some rules have thousands. */
const mostIndicators = 400;
/** Most rules listed per indicator; the rule list shows all of them. */
const mostNamed = 5;
/** Most values listed per field of an exclusion. */
const mostValues = 200;
/** Longest text of a predicate, in UTF-16 units. */
const longestText = 4_000;

/** The structure of a rule: stages with predicates and exclusions, and indicators shared with other rules. */
export function ruleStructureOf(rule: Rule, ruleset: Pick<Ruleset, "indicators" | "byId">): RuleStructure {
  const names = exclusionNames(rule);
  const found = indicatorsOfRule(rule);
  return {
    ...shapeOf(rule),
    stages: stagesOf(rule, names),
    indicators: found.slice(0, mostIndicators).map((indicator) => sharedBy(indicator, rule, ruleset)),
    moreIndicators: Math.max(0, found.length - mostIndicators),
  };
}

/** The distinct indicators of all conditions. */
export function indicatorsOfRule(rule: Rule): readonly Indicator[] {
  const all = conditionsOf(rule.body).flatMap(indicatorsOf);
  return [...new Map(all.map((one) => [JSON.stringify([one.field, one.value]), one])).values()].toSorted(
    (left, right) => Number(isFrame(left.field)) - Number(isFrame(right.field)),
  );
}

/** Fields that define the event type: listed last. */
function isFrame(field: string): boolean {
  return /^(?:event|data_stream|winlog|host\.os)\./.test(field);
}

function shapeOf({ body }: Rule): Pick<RuleStructure, "form" | "span" | "by"> {
  switch (body.kind) {
    case "not-evaluable":
      return { form: "not evaluable", by: [] };
    case "event":
      return { form: "single events", by: [] };
    case "grouped":
      return { form: "single events, grouped", by: body.by.map(({ field }) => field) };
    case "sequence":
      return shapeOfPlan(body.plan);
    case "correlation":
      return {
        form: correlationInWords(body.plan),
        span: timeSpanOf(body.plan.measure),
        by: [...body.plan.by],
      };
    default:
      return assertNever(body);
  }
}

/** The correlation as text, with nested correlations. */
function correlationInWords(plan: CorrelationPlan): string {
  const before = plan.inputs.flatMap((input) =>
    input.kind === "findings" ? [`${input.rule.name}: ${describePlan(input.plan)}`] : [],
  );
  const tumbling = plan.measure.kind === "count" && plan.measure.tumbling === true ? ", in fixed windows" : "";
  return [`correlation: ${describeMeasure(plan)}${tumbling}`, ...before].join("; ");
}

function shapeOfPlan(plan: SequencePlan): Pick<RuleStructure, "form" | "span" | "by"> {
  return plan.kind === "sequence"
    ? { form: "sequence: in this order", span: plan.maxspan, by: [] }
    : { form: "sample: in any order", span: plan.window, by: [] };
}

function stagesOf({ body }: Rule, names: ReadonlyMap<string, string>): RuleStructure["stages"] {
  switch (body.kind) {
    case "not-evaluable":
      return [];
    case "event":
    case "grouped":
      return [stageOf("event", [], body.condition, names)];
    case "correlation":
      return eventInputs(body.plan).map(({ keys, condition }) => stageOf("counted", keys, condition, names));
    case "sequence": {
      const stages = body.plan.stages.map((stage) => sequenceStage(stage.missing ? "missing" : "stage", stage, names));
      const until = body.plan.kind === "sequence" ? body.plan.until : undefined;
      return until === undefined ? stages : [...stages, sequenceStage("until", until, names)];
    }
    default:
      return assertNever(body);
  }
}

function sequenceStage(role: Stage["role"], stage: SequenceStage, names: ReadonlyMap<string, string>): Stage {
  return stageOf(role, stage.keys, stage.condition, names);
}

function stageOf(
  role: Stage["role"],
  keys: readonly JoinKey[],
  condition: Condition,
  names: ReadonlyMap<string, string>,
): Stage {
  const conjuncts = conjunctsOf(condition);
  return {
    role,
    keys: keys.map(({ field, optional }) => `${field}${optional ? "?" : ""}`),
    predicates: conjuncts
      .filter(({ kind }) => kind !== "not")
      .map((conjunct) => {
        const [field, ...others] = fieldsOf(conjunct);
        return { text: bounded(printEql(conjunct)), field: others.length === 0 ? field : undefined };
      }),
    exclusions: conjuncts.flatMap((conjunct) =>
      conjunct.kind === "not" ? parts(conjunct.term, names).map((part) => exclusionOf(part, names)) : [],
    ),
  };
}

/** `not (a or b)` excludes each of them. */
function parts(excluded: Condition, names: ReadonlyMap<string, string>): readonly Condition[] {
  return excluded.kind === "or" && !names.has(printEql(excluded)) ? excluded.terms : [excluded];
}

function exclusionOf(excluded: Condition, names: ReadonlyMap<string, string>): Exclusion {
  const text = printEql(excluded);
  const name = names.get(text);
  const [, carveOut] = /^filter_(main|optional)_/.exec(name ?? "") ?? [];
  return {
    text: bounded(text),
    name,
    carveOut: carveOut === "main" || carveOut === "optional" ? carveOut : undefined,
    values: [...literalsOf(excluded)].map(([field, values]) => ({
      field,
      values: values.slice(0, mostValues),
      total: values.length,
    })),
  };
}

function bounded(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)} … (${text.length} characters)` : text;
}

/** The names of a rule's named conditions (Sigma selections) by their printed text. */
function exclusionNames({ language, body, query }: Rule): ReadonlyMap<string, string> {
  const named = body.kind === "not-evaluable" ? undefined : ruleLanguages[language].namedConditions?.(query);
  return new Map([...(named ?? [])].map(([name, condition]) => [printEql(condition), name]));
}

function sharedBy(
  indicator: Indicator,
  rule: Rule,
  { indicators, byId }: Pick<Ruleset, "indicators" | "byId">,
): RuleStructure["indicators"][number] {
  const others = indicators.rulesWith(indicator).flatMap((id) => (id === rule.id ? [] : (byId.get(id) ?? [])));
  const languages = Map.groupBy(others, ({ language }) => language);
  return {
    ...indicator,
    shared: {
      total: others.length,
      languages: [...languages].map(([language, some]) => ({ language, count: some.length })),
      rules: others.slice(0, mostNamed).map(({ id, name, version, language }) => ({ id, name, version, language })),
    },
  };
}
