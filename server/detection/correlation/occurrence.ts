import type { Fields } from "#contracts/event";
import { keyValues, tuplesOf } from "../sequence/join.ts";
import type { Member } from "../sequence/state.ts";
import type { CorrelationInput, CorrelationPlan } from "./plan.ts";

/** An event, or a finding of another plan, in one group of a plan. */
export interface Occurrence extends Member {
  /** Places of the inputs that it satisfies, ascending. */
  readonly inputs: readonly number[];
  /** By field whose different values are counted: its values. */
  readonly values: readonly (readonly string[])[];
  /** What a plan that counts findings of this one needs to know of the event. */
  readonly onward?: Onward;
  /** Of a finding: the first of its events, how many there are, and its group. */
  readonly members?: readonly Member[];
  readonly size?: number;
  readonly group?: string;
  /** Of the first of its kind: the time of the last of the same run, which need not be kept each. */
  readonly until?: number;
}

/** An event as a plan one step further sees it: its groups there, and the values that are counted there. */
export interface Onward {
  readonly tuples: readonly string[];
  readonly values: readonly (readonly string[])[];
  readonly onward?: Onward;
}

/** Values of one field that one occurrence brings; a hostile event with many is cut here. */
const mostValues = 1_000;

/** An event as the input of a plan sees it. `lead` are the inputs that count the plan's findings, the nearest first. */
export function onwardOf(
  fields: Fields,
  eventId: string,
  plan: CorrelationPlan,
  input: CorrelationInput,
  lead: readonly { readonly plan: CorrelationPlan; readonly input: CorrelationInput }[],
): Onward {
  const tuples = tuplesOf(fields, input.keys);
  const [next, ...further] = lead;
  return {
    tuples: tuples.length === 0 && plan.lacking === "alone" ? [aloneTuple(eventId)] : tuples,
    values: input.counted.map((key) => keyValues(fields, key).slice(0, mostValues)),
    ...(next === undefined ? {} : { onward: onwardOf(fields, eventId, next.plan, next.input, further) }),
  };
}

/** A group that only one event is in: no tuple of values is an object. */
function aloneTuple(eventId: string): string {
  return JSON.stringify({ event: eventId });
}

/** What several events know onward, together: a finding takes part further on with all that its events have. */
export function joinOnward(all: readonly Onward[]): Onward {
  const values: Set<string>[] = [];
  const tuples = new Set<string>();
  const further: Onward[] = [];
  for (const one of all) {
    one.tuples.forEach((tuple) => void (tuples.size < mostValues && tuples.add(tuple)));
    for (const [place, some] of one.values.entries()) {
      const known = values[place] ?? new Set();
      values[place] = known;
      some.forEach((value) => void (known.size < mostValues && known.add(value)));
    }
    if (one.onward !== undefined) {
      further.push(one.onward);
    }
  }
  return {
    tuples: [...tuples],
    values: values.map((some) => [...some]),
    ...(further.length === 0 ? {} : { onward: joinOnward(further) }),
  };
}

/** By time, then by id: an order that does not depend on arrival. */
export function compareOccurrences(left: Occurrence, right: Occurrence): number {
  return (
    left.time - right.time ||
    (left.inputs[0] ?? 0) - (right.inputs[0] ?? 0) ||
    (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)
  );
}
