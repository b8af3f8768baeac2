import { storedLineage, withLineage } from "../alerting/lineage-contexts.ts";
import { compileCondition } from "../condition/evaluate.ts";
import { and, type Condition, equals, or } from "../condition/tree.ts";
import { createCorrelationEngine, type InputMatch } from "../detection/correlation/engine.ts";
import { anyInputCondition, eventInputs } from "../detection/correlation/plan.ts";
import type { Rule } from "../detection/rule.ts";
import { createSequenceEngine, type StageMatch } from "../detection/sequence/engine.ts";
import { allStages, anyStageCondition, type JoinKey } from "../detection/sequence/plan.ts";
import { type StemmaEvent, valuesOf } from "../event/event.ts";
import type { ActiveException } from "../exception/active.ts";
import type { Store } from "../store/port.ts";

/** Groups and hosts that a replay is restricted to; with more it covers all of them. */
const mostTuples = 50_000;
const mostHosts = 50;

/** The rules, and of each the groups, that lose an event. */
export interface Touched {
  readonly rules: readonly Rule[];
  /** Matches what takes part in them. */
  readonly condition: Condition;
  stages(rules: readonly Rule[], matches: readonly StageMatch[]): readonly StageMatch[];
  inputs(rules: readonly Rule[], matches: readonly InputMatch[]): readonly InputMatch[];
}

export interface TouchedGroups {
  /** Events that the exception may hide. */
  add(events: readonly StemmaEvent[]): Promise<void>;
  result(): Touched;
}

/** Which groups of events the exception takes an event from: the others cannot change. */
export function touchedGroups(
  lineage: Store["lineage"],
  rules: readonly Rule[],
  exception: ActiveException,
): TouchedGroups {
  const matchesAny = compileCondition(or(...rules.map(takesPart)));
  const sequences = createSequenceEngine(rules);
  const correlations = createCorrelationEngine(rules);
  const tuples = new Map<Rule, Set<string>>();
  const hosts = new Map<Rule, Set<string>>();
  let held = 0;
  const touch = (rule: Rule, tuple: string, event: StemmaEvent) => {
    const some = tuples.getOrInsertComputed(rule, () => new Set<string>());
    held -= some.size;
    // With too many of them, all groups of the rule are replayed.
    if (held < mostTuples) {
      some.add(tuple);
    } else {
      some.clear();
      some.add(everyTuple);
    }
    held += some.size;
    const names = valuesOf(event.fields, "host.name");
    for (const host of names.length === 0 ? [noHost] : names) {
      hosts.getOrInsertComputed(rule, () => new Set<string>()).add(String(host));
    }
  };
  const add = async (events: readonly StemmaEvent[]) => {
    const some = events.filter(({ fields }) => matchesAny(fields));
    for (const event of await withLineage(some, [exception], storedLineage(lineage))) {
      if (!exception.matches(event)) {
        continue;
      }
      for (const { rule: index, tuples: matched } of sequences.match(event.fields)) {
        const rule = sequences.rules[index];
        for (const [tuple] of rule === undefined ? [] : matched) {
          touch(rule as Rule, tuple, event);
        }
      }
      for (const { rule: index, groups } of correlations.match(event)) {
        const rule = correlations.rules[index];
        for (const { tuple } of rule === undefined ? [] : groups) {
          touch(rule as Rule, tuple, event);
        }
      }
    }
  };
  const isTouched = (rule: Rule | undefined, tuple: string) => {
    const some = rule && tuples.get(rule);
    return some !== undefined && (some.has(tuple) || some.has(everyTuple) || countsFindings(rule as Rule));
  };
  const result = (): Touched => ({
    rules: [...tuples.keys()],
    condition: or(...[...tuples.keys()].map((rule) => and(takesPart(rule), onHosts(rule, hosts.get(rule))))),
    stages: (of, matches) =>
      matches.flatMap(({ rule, tuples: all }) => {
        const some = all.filter(([tuple]) => isTouched(of[rule], tuple));
        return some.length === 0 ? [] : [{ rule, tuples: some }];
      }),
    inputs: (of, matches) =>
      matches.flatMap(({ rule, groups: all }) => {
        const some = all.filter(({ tuple }) => isTouched(of[rule], tuple));
        return some.length === 0 ? [] : [{ rule, groups: some }];
      }),
  });
  return { add, result };
}

/** Stands for all groups; no tuple is empty text. */
const everyTuple = "";
const noHost = "";

function takesPart({ body }: Rule): Condition {
  return body.kind === "sequence"
    ? anyStageCondition(body.plan)
    : body.kind === "correlation"
      ? anyInputCondition(body.plan)
      : or();
}

/** Findings of one plan may be counted in other groups of another one. */
function countsFindings({ body }: Rule): boolean {
  return body.kind === "correlation" && body.plan.inputs.some(({ kind }) => kind === "findings");
}

/** Where all events of a group have the host in common, other hosts cannot change. */
function onHosts(rule: Rule, hosts: ReadonlySet<string> | undefined): Condition {
  const { body } = rule;
  const isHost = ({ field, optional, alternatives }: JoinKey) =>
    field === "host.name" && !optional && alternatives === undefined;
  const keys =
    body.kind === "sequence"
      ? allStages(body.plan).map((stage) => stage.keys)
      : body.kind === "correlation" && !countsFindings(rule)
        ? eventInputs(body.plan).map((input) => input.keys)
        : [];
  const isShared = keys.length > 0 && keys.every((some) => some.some(isHost));
  return isShared && hosts !== undefined && !hosts.has(noHost) && hosts.size <= mostHosts
    ? equals("host.name", [...hosts], { caseInsensitive: true })
    : and();
}
