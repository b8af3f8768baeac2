import type { Fields } from "#contracts/event";
import { compileLazily } from "../condition/evaluate.ts";
import { usesFields, relax } from "../condition/relax.ts";
import type { Condition } from "../condition/tree.ts";
import { type StemmaEvent, textOf } from "../event/event.ts";
import { createCorrelationEngine } from "./correlation/engine.ts";
import { graphFields } from "./graph-fields.ts";
import { fillMessage } from "./message.ts";
import type { Detector, Hit, Rule, RuleBody } from "./rule.ts";
import { createSequenceEngine } from "./sequence/engine.ts";
import { sharedIndex, withoutIndex } from "./shared-index.ts";

/**
 * Compiles rules so that each event is tested once, against the rules that could match: streaming and backfill use the same
 * detector. Rules that cannot be evaluated are kept in `rules` and never hit. `index: false` tests every rule on every
 * event; the hits are the same. Rules that share an id keep only the last of them in `byId`. Those that are only there for
 * correlations run as a part of these.
 */
export function createDetector(rules: readonly Rule[], options: { readonly index?: boolean } = {}): Detector {
  const ids = new Set(rules.map(({ id }) => id));
  const running = rules.filter(({ partOf = [] }) => !partOf.some(({ id }) => ids.has(id)));
  const runnable = running.flatMap((rule) => {
    const whole = conditionOf(rule.body);
    if (whole === undefined) {
      return [];
    }
    const tentative = usesFields(whole, graphFields);
    const condition = tentative ? relax(whole, graphFields) : whole;
    return [{ rule, condition, tentative, matches: compileLazily(condition) }];
  });
  const graphRules = new Map(
    runnable.flatMap(({ rule, tentative }) => {
      const whole = tentative ? conditionOf(rule.body) : undefined;
      return whole === undefined ? [] : [[rule, compileLazily(whole)] as const];
    }),
  );
  const indexOf = options.index === false ? withoutIndex : sharedIndex();
  const candidates = indexOf(runnable.map(({ condition }) => condition));
  return {
    rules,
    sequences: createSequenceEngine(running, indexOf),
    correlations: createCorrelationEngine(running, indexOf),
    byId: new Map(rules.map((rule) => [rule.id, rule])),
    test: (event) => {
      const hits: Hit[] = [];
      for (const position of candidates(event.fields)) {
        const candidate = runnable[position];
        if (candidate?.matches(event.fields)) {
          const hit = hitOf(candidate.rule, event);
          hits.push(candidate.tentative ? { ...hit, tentative: true } : hit);
        }
      }
      return hits;
    },
    confirm: (rule, event) => (graphRules.get(rule)?.(event.fields) === true ? hitOf(rule, event) : undefined),
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

/** A row is kept when a by-field is absent, under the text that stands for it. */
function groupOf(body: RuleBody & { readonly kind: "grouped" }, fields: Fields): Readonly<Record<string, string>> {
  const group: Record<string, string> = Object.create(null);
  for (const { name, field } of body.by) {
    group[name] = textOf(fields, field) ?? body.fill ?? "null";
  }
  return group;
}
