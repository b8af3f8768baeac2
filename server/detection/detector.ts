import type { Fields } from "#contracts/event";
import { compileLazily } from "../condition/evaluate.ts";
import { relax, usesFields } from "../condition/relax.ts";
import type { Condition } from "../condition/tree.ts";
import { type StemmaEvent, textOf } from "../event/event.ts";
import { createCorrelationEngine } from "./correlation/engine.ts";
import { graphFields } from "./graph-fields.ts";
import { fillMessage } from "./message.ts";
import type { Detector, Hit, Rule, RuleBody } from "./rule.ts";
import { createSequenceEngine } from "./sequence/engine.ts";
import { sharedIndex, withoutIndex } from "./shared-index.ts";

/**
 * Compiles rules so that each event is tested once, against the rules that can match it; streaming and backfill use the
 * same detector. Rules that are not evaluable stay in `rules` and never match. `index: false` tests every rule on every
 * event, with the same hits. Of rules with one id `byId` has the last. Rules that only serve correlations run as a part
 * of these.
 */
export function createDetector(rules: readonly Rule[], options: { readonly index?: boolean } = {}): Detector {
  const ids = new Set(rules.map(({ id }) => id));
  const running = rules.filter(({ partOf = [] }) => !partOf.some(({ id }) => ids.has(id)));
  const eventRules = running.flatMap((rule): readonly EventRule[] => {
    const condition = conditionOf(rule.body);
    return condition === undefined ? [] : [compileEventRule(rule, condition)];
  });
  const completeMatches = new Map(eventRules.map(({ rule, matchesCompleted }) => [rule, matchesCompleted]));
  const createIndex = options.index === false ? withoutIndex : sharedIndex();
  const candidates = createIndex(eventRules.map(({ condition }) => condition));
  return {
    rules,
    sequences: createSequenceEngine(running, createIndex),
    correlations: createCorrelationEngine(running, createIndex),
    byId: new Map(rules.map((rule) => [rule.id, rule])),
    test: (event) => {
      const hits: Hit[] = [];
      for (const position of candidates(event.fields)) {
        const candidate = eventRules[position];
        if (candidate?.matches(event.fields)) {
          const hit = hitOf(candidate.rule, event);
          hits.push(candidate.matchesCompleted === undefined ? hit : { ...hit, tentative: true });
        }
      }
      return hits;
    },
    confirm: (rule, event) => (completeMatches.get(rule)?.(event.fields) === true ? hitOf(rule, event) : undefined),
  };
}

/** A rule over single events. */
interface EventRule {
  readonly rule: Rule;
  /** The condition to test when the event is read, without the fields that only the process graph knows. */
  readonly condition: Condition;
  readonly matches: (fields: Fields) => boolean;
  /**
   * For rules that use such fields: the whole condition, for events completed from the graph. See docs/decisions/0014.
   */
  readonly matchesCompleted: ((fields: Fields) => boolean) | undefined;
}

function compileEventRule(rule: Rule, whole: Condition): EventRule {
  const isTentative = usesFields(whole, graphFields);
  const condition = isTentative ? relax(whole, graphFields) : whole;
  return {
    rule,
    condition,
    matches: compileLazily(condition),
    matchesCompleted: isTentative ? compileLazily(whole) : undefined,
  };
}

function conditionOf(body: RuleBody): Condition | undefined {
  return body.kind === "event" || body.kind === "grouped" ? body.condition : undefined;
}

function hitOf(rule: Rule, event: StemmaEvent): Hit {
  const message = rule.message === undefined ? rule.name : fillMessage(rule.message, event.fields);
  return rule.body.kind === "grouped"
    ? { rule, event, message, group: groupOf(rule.body, event.fields) }
    : { rule, event, message };
}

/** The values of the by-fields; an absent field has the fill value of the rule. */
function groupOf(body: RuleBody & { readonly kind: "grouped" }, fields: Fields): Readonly<Record<string, string>> {
  const group: Record<string, string> = Object.create(null);
  for (const { name, field } of body.by) {
    group[name] = textOf(fields, field) ?? body.fill ?? "null";
  }
  return group;
}
