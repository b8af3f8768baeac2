import type { Fields } from "#contracts/event";
import { keyValues, tuplesOf } from "../sequence/join.ts";
import type { Member } from "../sequence/state.ts";
import type { CorrelationInput, CorrelationPlan } from "./plan.ts";

/** An event, or a finding of another plan, in one group of a plan. */
export interface Occurrence extends Member {
  /** The indexes of the inputs that it matches, ascending. */
  readonly inputs: readonly number[];
  /** Its values for each of the plan's value keys. */
  readonly values: readonly (readonly string[])[];
  /** Its groups and values in the plan that counts the findings of this one. */
  readonly parent?: GroupKeys;
  /** For a finding: its first events, the number of its events, and its group. */
  readonly members?: readonly Member[];
  readonly size?: number;
  readonly group?: string;
  /** For the first of its kind: the time of the last occurrence in the same run, of which only the ends are stored. */
  readonly until?: number;
}

/** The groups of an event in a plan, and the values that the plan counts there. */
export interface GroupKeys {
  readonly tuples: readonly string[];
  readonly values: readonly (readonly string[])[];
  readonly parent?: GroupKeys;
}

/** Values of one field in one occurrence: bounds a hostile event with many. */
const maximumValues = 1_000;

/** A plan that counts the findings of another one, by the given input. */
export interface ParentPlan {
  readonly plan: CorrelationPlan;
  readonly input: CorrelationInput;
}

/** The groups of an event in a plan and in its `parents`, nearest first. */
export function groupKeysOf(
  fields: Fields,
  eventId: string,
  plan: CorrelationPlan,
  input: CorrelationInput,
  parents: readonly ParentPlan[],
): GroupKeys {
  const tuples = tuplesOf(fields, input.keys);
  const [next, ...further] = parents;
  return {
    tuples: tuples.length === 0 && plan.onMissingKey === "separate" ? [separateTuple(eventId)] : tuples,
    values: input.valueKeys.map((key) => keyValues(fields, key).slice(0, maximumValues)),
    ...(next === undefined ? {} : { parent: groupKeysOf(fields, eventId, next.plan, next.input, further) }),
  };
}

/** The group of a single event; an object, which no tuple of values is. */
function separateTuple(eventId: string): string {
  return JSON.stringify({ event: eventId });
}

/** Merges the group keys of several events: a finding belongs to all groups of its events. */
export function mergeGroupKeys(all: readonly GroupKeys[]): GroupKeys {
  const values: Set<string>[] = [];
  const tuples = new Set<string>();
  const parents: GroupKeys[] = [];
  for (const keys of all) {
    addUpToLimit(tuples, keys.tuples);
    for (const [index, some] of keys.values.entries()) {
      const merged = values[index] ?? new Set();
      values[index] = merged;
      addUpToLimit(merged, some);
    }
    if (keys.parent !== undefined) {
      parents.push(keys.parent);
    }
  }
  return {
    tuples: [...tuples],
    values: values.map((some) => [...some]),
    ...(parents.length === 0 ? {} : { parent: mergeGroupKeys(parents) }),
  };
}

function addUpToLimit(set: Set<string>, texts: readonly string[]): void {
  for (const text of texts) {
    if (set.size >= maximumValues) {
      return;
    }
    set.add(text);
  }
}

/** By time, then by input and id: an order that does not depend on arrival. */
export function compareOccurrences(left: Occurrence, right: Occurrence): number {
  return (
    left.time - right.time ||
    (left.inputs[0] ?? 0) - (right.inputs[0] ?? 0) ||
    (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)
  );
}
