import type { MatchedPart } from "#contracts/alert";
import type { AlertRecord } from "../alert/record.ts";
import { compileCondition } from "../condition/evaluate.ts";
import { explain } from "../condition/explain.ts";
import { printEql } from "../condition/print.ts";
import { type CorrelationPlan, eventInputs } from "../detection/correlation/plan.ts";
import type { Rule } from "../detection/rule.ts";
import type { EventReader } from "../store/events/port.ts";

/**
 * The parts of the rule that matched, with the values. For a sequence: the parts of each event in turn, numbered; for a
 * correlation: the parts of what it counts.
 */
export async function matchedPartsOf(
  events: Pick<EventReader, "get">,
  rule: Rule | undefined,
  alert: Pick<AlertRecord, "fields" | "sequence">,
): Promise<readonly MatchedPart[]> {
  if (rule === undefined || rule.body.kind === "not-evaluable") {
    return [];
  }
  if (rule.body.kind === "correlation") {
    return inputParts(events, rule.body.plan, alert);
  }
  if (rule.body.kind !== "sequence") {
    return explain(rule.body.condition, alert.fields);
  }
  const ids = [...(alert.sequence?.eventIds ?? [])];
  const parts: MatchedPart[] = [];
  for (const [index, { condition, missing }] of rule.body.plan.stages.entries()) {
    const number = `${index + 1}. `;
    if (missing) {
      parts.push({ text: `${number}no event with ${printEql(condition)}`, values: [], outcome: true });
      continue;
    }
    const id = ids.shift();
    const event = id === undefined ? undefined : await events.get(id);
    if (event !== undefined) {
      parts.push(...explain(condition, event.fields).map((part) => ({ ...part, text: `${number}${part.text}` })));
    }
  }
  return parts;
}

/**
 * The parts of each input of a correlation, on the first event that matches it; with the rule's name if there are
 * several.
 */
async function inputParts(
  events: Pick<EventReader, "get">,
  plan: CorrelationPlan,
  alert: Pick<AlertRecord, "fields" | "sequence">,
): Promise<readonly MatchedPart[]> {
  const inputs = eventInputs(plan);
  const members = (alert.sequence?.eventIds ?? []).slice(0, memberLimit);
  const found = await Promise.all(members.map((id) => events.get(id)));
  return inputs.flatMap(({ rule, condition }) => {
    const matches = compileCondition(condition);
    const event = found.find((one) => one !== undefined && matches(one.fields));
    const of = inputs.length === 1 ? {} : { of: rule.name };
    return event === undefined ? [] : explain(condition, event.fields).map((part) => ({ ...part, ...of }));
  });
}

/** Events searched for one that matches an input. */
const memberLimit = 50;
