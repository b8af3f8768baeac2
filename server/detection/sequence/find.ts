import type { Fields } from "#contracts/event";
import { compileCondition } from "../../condition/evaluate.ts";
import { compareTuples, tuplesOf } from "./join.ts";
import { allStages, type SequencePlan, type SequenceStage } from "./plan.ts";
import { addToSample, emptySample, samplesOf } from "./sample.ts";
import type { Member, SampleState, SequenceState } from "./state.ts";
import { advanceTime, applyEvent, emptyState, layoutOf } from "./step.ts";

/** An event in a search. */
export interface TimedEvent {
  readonly id: string | number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly fields: Fields;
}

/** The ids of the members by stage; `undefined` for a missing event. */
export type FoundSequence = readonly (string | number | undefined)[];

/** Finds the stages that an event matches, by tuple of join keys; the stage after the last is `until`. */
function compileStageMatcher(plan: SequencePlan): (fields: Fields) => ReadonlyMap<string, ReadonlySet<number>> {
  const groups = groupStages(allStages(plan)).map(({ condition, ...group }) => ({
    ...group,
    matches: compileCondition(condition),
  }));
  return (fields) => {
    const matched = new Map<string, Set<number>>();
    for (const { matches, keys, stages } of groups) {
      if (matches(fields)) {
        for (const tuple of tuplesOf(fields, keys)) {
          const numbers = matched.getOrInsertComputed(tuple, () => new Set());
          for (const stage of stages) {
            numbers.add(stage);
          }
        }
      }
    }
    return matched;
  };
}

/** Groups stages with the same condition and keys (the runs of one item), which are tested once. */
export function groupStages(
  stages: readonly SequenceStage[],
): readonly (SequenceStage & { readonly stages: readonly number[] })[] {
  const groups: (SequenceStage & { readonly stages: number[] })[] = [];
  for (const [number, stage] of stages.entries()) {
    const group = groups.find(({ condition, keys }) => condition === stage.condition && keys === stage.keys);
    if (group === undefined) {
      groups.push({ ...stage, stages: [number] });
    } else {
      group.stages.push(number);
    }
  }
  return groups;
}

export interface SequenceFinder {
  /** Events come in time order for sequences, in order of preference for samples. */
  add(event: TimedEvent): void;
  /** All results, given that no further event occurs. */
  finish(): readonly FoundSequence[];
}

/**
 * Finds all sequences or samples among the given events. Sequences are ordered by their last events, samples by their
 * keys, with at most `maximumPerKey` for each key.
 */
export function createFinder(
  plan: SequencePlan,
  options: { readonly maximumPerKey?: number | undefined } = {},
): SequenceFinder {
  const matchStages = compileStageMatcher(plan);
  const ids: (string | number)[] = [];
  const collector =
    plan.kind === "sequence" ? collectSequences(plan) : collectSamples(plan, options.maximumPerKey ?? 1);
  return {
    add({ id, time, fields }) {
      const matched = matchStages(fields);
      if (matched.size > 0) {
        // Members are identified by their index: ids may repeat, and the index gives the order.
        const member = { id: String(ids.push(id) - 1), time };
        for (const [tuple, stages] of matched) {
          collector.add(tuple, member, stages);
        }
      }
    },
    finish: () =>
      collector.finish().map((members) => {
        const rest = [...members];
        return plan.stages.map(({ missing }) => (missing ? undefined : ids[Number(rest.shift()?.id)]));
      }),
  };
}

interface Collector {
  add(tuple: string, member: Member, stages: ReadonlySet<number>): void;
  finish(): readonly (readonly Member[])[];
}

function collectSequences(plan: SequencePlan & { readonly kind: "sequence" }): Collector {
  const layout = layoutOf(plan);
  const states = new Map<string, SequenceState>();
  const found: (readonly Member[])[] = [];
  const lastIndex = (members: readonly Member[]) => Number(members.at(-1)?.id);
  return {
    add(tuple, member, stages) {
      const until = plan.until !== undefined && stages.has(plan.stages.length);
      const result = applyEvent(layout, states.get(tuple) ?? emptyState(), member, { stages, until });
      states.set(tuple, result.state);
      found.push(...result.complete);
    },
    finish() {
      for (const state of states.values()) {
        found.push(...advanceTime(state, Number.POSITIVE_INFINITY).complete);
      }
      return found.toSorted((left, right) => lastIndex(left) - lastIndex(right));
    },
  };
}

function collectSamples(plan: SequencePlan & { readonly kind: "sample" }, maximumPerKey: number): Collector {
  const count = plan.stages.length;
  const limits = { count, depth: Math.max(count, maximumPerKey), window: undefined };
  const states = new Map<string, SampleState>();
  return {
    add(tuple, member, stages) {
      states.set(tuple, addToSample(limits, states.get(tuple) ?? emptySample(), member, stages));
    },
    finish: () =>
      [...states]
        .toSorted(([left], [right]) => compareTuples(left, right))
        .flatMap(([, state]) => samplesOf(count, state, maximumPerKey)),
  };
}
