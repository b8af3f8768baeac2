import type { Fields } from "#contracts/event";
import { compileCondition } from "../condition/evaluate.ts";
import type { Condition } from "../condition/tree.ts";
import { type StemmaEvent, textOf } from "../event/event.ts";
import { fillMessage } from "./message.ts";
import type { Detector, Hit, Rule, RuleBody } from "./rule.ts";
import { createRuleIndex } from "./rule-index.ts";
import { createSequenceEngine } from "./sequence/engine.ts";

/**
 * Compiles rules so that each event is tested once, against the rules that could match: streaming and backfill use the same
 * detector. Rules that cannot be evaluated are kept in `rules` and never hit. `index: false` tests every rule on every
 * event; the hits are the same. Rules that share an id keep only the last of them in `byId`.
 */
export function createDetector(rules: readonly Rule[], options: { readonly index?: boolean } = {}): Detector {
  const runnable = rules.flatMap((rule) => {
    const condition = conditionOf(rule.body);
    return condition === undefined ? [] : [{ rule, condition, matches: compileCondition(condition) }];
  });
  const all = runnable.map((_, position) => position);
  const candidates = options.index === false ? () => all : createRuleIndex(runnable.map(({ condition }) => condition));
  return {
    rules,
    sequences: createSequenceEngine(rules, options),
    byId: new Map(rules.map((rule) => [rule.id, rule])),
    test: (event) => {
      const hits: Hit[] = [];
      for (const position of candidates(event.fields)) {
        const candidate = runnable[position];
        if (candidate?.matches(event.fields)) {
          hits.push(hitOf(candidate.rule, event));
        }
      }
      return hits;
    },
  };
}

function conditionOf(body: RuleBody): Condition | undefined {
  return body.kind === "not-evaluable" || body.kind === "sequence" ? undefined : body.condition;
}

function hitOf(rule: Rule, event: StemmaEvent): Hit {
  const message = rule.message === undefined ? rule.name : fillMessage(rule.message, event.fields);
  return rule.body.kind === "grouped"
    ? { rule, event, message, group: groupOf(rule.body, event.fields) }
    : { rule, event, message };
}

/** A row is kept when a by-field is absent, under the text that stands for it. */
function groupOf(body: RuleBody & { readonly kind: "grouped" }, fields: Fields): Readonly<Record<string, string>> {
  const group: Record<string, string> = Object.create(null);
  for (const { name, field } of body.by) {
    group[name] = textOf(fields, field) ?? body.fill ?? "null";
  }
  return group;
}
