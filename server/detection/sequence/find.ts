import type { Fields } from "#contracts/event";
import { compileCondition } from "../../condition/evaluate.ts";
import { compareTuples, tuplesOf } from "./join.ts";
import { allStages, type SequencePlan, type SequenceStage } from "./plan.ts";
import { addToSample, emptySample, samplesOf } from "./sample.ts";
import type { Member, SampleState, SequenceState } from "./state.ts";
import { emptyState, passTime, shapeOf, step } from "./step.ts";

/** An event to look for sequences in. */
export interface Timed {
  readonly id: string | number;
  /** Epoch milliseconds. */
  readonly time: number;
  readonly fields: Fields;
}

/** Ids of the member events by stage; `undefined` where an event is missing. */
export type FoundSequence = readonly (string | number | undefined)[];

/** The stages that an event matches, by tuple of join keys; the stage behind the last is `until`. */
export function compileMatches(plan: SequencePlan): (fields: Fields) => ReadonlyMap<string, ReadonlySet<number>> {
  const groups = groupStages(allStages(plan)).map(({ condition, ...group }) => ({
    ...group,
    matches: compileCondition(condition),
  }));
  return (fields) => {
    const found = new Map<string, Set<number>>();
    for (const { matches, keys, stages } of groups) {
      if (matches(fields)) {
        for (const tuple of tuplesOf(fields, keys)) {
          const known = found.get(tuple) ?? new Set();
          found.set(tuple, known);
          for (const stage of stages) {
            known.add(stage);
          }
        }
      }
    }
    return found;
  };
}

/** Stages with the same condition and keys (the runs of one item), tested once. */
export function groupStages(
  stages: readonly SequenceStage[],
): readonly (SequenceStage & { readonly stages: readonly number[] })[] {
  const groups: (SequenceStage & { readonly stages: number[] })[] = [];
  for (const [position, stage] of stages.entries()) {
    const known = groups.find(({ condition, keys }) => condition === stage.condition && keys === stage.keys);
    if (known === undefined) {
      groups.push({ ...stage, stages: [position] });
    } else {
      known.stages.push(position);
    }
  }
  return groups;
}

export interface SequenceFinder {
  /** Events come in order: of time for sequences, of preference for samples. */
  add(event: Timed): void;
  /** Everything that was found: after the last event nothing more occurs. */
  finish(): readonly FoundSequence[];
}

/**
 * Finds all sequences or samples among events that are at hand. Sequences come in the order of their last events, samples
 * in that of their keys, of each key at most `perKey`.
 */
export function createFinder(plan: SequencePlan, options: { readonly perKey?: number } = {}): SequenceFinder {
  const matches = compileMatches(plan);
  const ids: (string | number)[] = [];
  const take = plan.kind === "sequence" ? sequenceTaker(plan) : sampleTaker(plan, options.perKey ?? 1);
  return {
    add({ id, time, fields }) {
      const found = matches(fields);
      if (found.size > 0) {
        // Members are named by their place, so that ids may occur twice and order can be told.
        const member = { id: String(ids.push(id) - 1), time };
        for (const [tuple, stages] of found) {
          take.event(tuple, member, stages);
        }
      }
    },
    finish: () =>
      take.all().map((members) => {
        const rest = [...members];
        return plan.stages.map(({ missing }) => (missing ? undefined : ids[Number(rest.shift()?.id)]));
      }),
  };
}

interface Taker {
  event(tuple: string, member: Member, stages: ReadonlySet<number>): void;
  all(): readonly (readonly Member[])[];
}

function sequenceTaker(plan: SequencePlan & { readonly kind: "sequence" }): Taker {
  const shape = shapeOf(plan);
  const states = new Map<string, SequenceState>();
  const found: (readonly Member[])[] = [];
  const last = (members: readonly Member[]) => Number(members.at(-1)?.id);
  return {
    event(tuple, member, stages) {
      const until = plan.until !== undefined && stages.has(plan.stages.length);
      const stepped = step(shape, states.get(tuple) ?? emptyState(), member, { stages, until });
      states.set(tuple, stepped.state);
      found.push(...stepped.complete);
    },
    all() {
      for (const state of states.values()) {
        found.push(...passTime(state, Number.POSITIVE_INFINITY).complete);
      }
      return found.toSorted((left, right) => last(left) - last(right));
    },
  };
}

function sampleTaker(plan: SequencePlan & { readonly kind: "sample" }, perKey: number): Taker {
  const count = plan.stages.length;
  const limits = { count, depth: Math.max(count, perKey), window: undefined };
  const states = new Map<string, SampleState>();
  return {
    event(tuple, member, stages) {
      states.set(tuple, addToSample(limits, states.get(tuple) ?? emptySample(), member, stages));
    },
    all: () =>
      [...states]
        .toSorted(([left], [right]) => compareTuples(left, right))
        .flatMap(([, state]) => samplesOf(count, state, perKey)),
  };
}
