import type { RuleDetail, RuleSummary } from "#contracts/rule";
import { conjunctsOf, fieldsOf } from "../condition/fields.ts";
import { printEql } from "../condition/print.ts";
import type { Condition } from "../condition/tree.ts";
import type { Rule } from "../detection/rule.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Store } from "../store/port.ts";

/** A rule for lists, with how often it fired and how many exceptions in force speak about it. */
export async function ruleSummaryOf(store: Store, playbooks: Playbooks, rule: Rule): Promise<RuleSummary> {
  const [alerts, exceptions] = await Promise.all([
    store.alerts.find({ ruleIds: [rule.id], limit: 1 }),
    store.exceptions.all(),
  ]);
  return {
    id: rule.id,
    name: rule.name,
    version: rule.version,
    language: rule.language,
    severity: rule.severity,
    riskScore: rule.riskScore,
    buildingBlock: rule.buildingBlock,
    source: rule.source,
    techniques: [...rule.techniques],
    evaluable: rule.body.kind !== "not-evaluable",
    reason: rule.body.kind === "not-evaluable" ? rule.body.reason : undefined,
    alerts: alerts.total,
    exceptions: exceptions.filter(({ disabledAt, ruleIds }) => disabledAt === undefined && ruleIds.includes(rule.id))
      .length,
    playbookId: playbooks.forRule(rule.id)?.id,
  };
}

/** The condition of each event that the rule asks for. */
function conditionsOf({ body }: Rule): readonly Condition[] {
  switch (body.kind) {
    case "not-evaluable":
      return [];
    case "sequence":
      return [...new Set(body.plan.stages.map(({ condition }) => condition))];
    default:
      return [body.condition];
  }
}

/** A rule with its query, the predicates that all must hold, and its hits per day. */
export async function ruleDetailOf(store: Store, playbooks: Playbooks, rule: Rule): Promise<RuleDetail> {
  const [summary, perDay] = await Promise.all([ruleSummaryOf(store, playbooks, rule), store.alerts.perDay(rule.id)]);
  const conjuncts = conditionsOf(rule).flatMap(conjunctsOf);
  return {
    ...summary,
    description: rule.description,
    query: rule.query,
    falsePositives: [...rule.falsePositives],
    references: [...rule.references],
    tags: [...rule.tags],
    author: [...rule.author],
    license: rule.license,
    predicates: conjuncts.map((conjunct) => {
      const [field, ...others] = fieldsOf(conjunct);
      return { text: printEql(conjunct), field: others.length === 0 ? field : undefined };
    }),
    hitsPerDay: [...perDay],
  };
}
