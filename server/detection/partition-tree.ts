import type { Fields, FieldValue, Scalar } from "#contracts/event";
import { foldCase } from "../condition/fold-case.ts";
import { valuesOf } from "../event/event.ts";
import { memoize } from "../lib/memoize.ts";
import type { RuleKey } from "./rule-keys.ts";

/**
 * The values of these fields form the type of an event. Nearly every rule requires a value of some, and there are few
 * different values. See docs/decisions/0017.
 */
const partitionFields: ReadonlySet<string> = new Set([
  "event.code",
  "event.category",
  "event.type",
  "host.os.type",
  "winlog.channel",
  "data_stream.dataset",
  "event.dataset",
  "event.module",
]);

export function isPartitionField(field: string): boolean {
  return partitionFields.has(field);
}

export type ValueKey = RuleKey & { readonly kind: "value" };

/** An entry that applies only to events that have at least one value of each list. */
export interface PartitionEntry {
  readonly required: readonly (readonly ValueKey[])[];
}

const maximumEventTypes = 256;
/** Combinations of values of one multi-valued field that are distinguished. */
const maximumCombinations = 128;

/**
 * Finds the type of an event and returns what `build` made of the entries that apply to it, built once per type;
 * `undefined` when there are too many types. The decision tree tests one field after the other, the one that most
 * entries require first, and grows with the types that occur.
 */
export function createPartitionTree<Entry extends PartitionEntry, Value>(
  entries: readonly Entry[],
  build: (entries: readonly Entry[]) => Value,
): (fields: Fields) => Value | undefined {
  const keys = entries.flatMap(({ required }) => required.flat());
  const classifiers = new Map([...partitionFields].map((field) => [field, createClassifier(keys, field)]));
  let eventTypes = 0;
  const root = createNode(entries.map((entry) => ({ entry, required: entry.required })));

  function createNode(candidates: readonly Candidate<Entry>[]): Node<Entry, Value> {
    const field = mostRequiredField(candidates);
    const classify = field === undefined ? undefined : classifiers.get(field);
    if (field === undefined || classify === undefined) {
      eventTypes++;
      return { kind: "leaf", value: build(candidates.map(({ entry }) => entry)) };
    }
    return { kind: "test", field, classify, candidates, children: new Map(), latest: undefined };
  }

  return (fields) => {
    let node = root;
    while (node.kind === "test") {
      const { field, classify, candidates, children, latest } = node;
      const value = fields[field];
      if (latest !== undefined && isSame(value, latest.value)) {
        node = latest.child;
        continue;
      }
      const valueClass = classify(value);
      let child = valueClass === undefined ? undefined : children.get(valueClass);
      if (child === undefined) {
        if (valueClass === undefined || eventTypes >= maximumEventTypes) {
          return undefined;
        }
        child = createNode(candidates.flatMap((candidate) => narrow(candidate, field, fields) ?? []));
        children.set(valueClass, child);
      }
      node.latest = { value, child };
      node = child;
    }
    return node.value;
  };
}

/** An entry that can still apply, with the lists that no tested field has satisfied yet. */
interface Candidate<Entry> {
  readonly entry: Entry;
  readonly required: PartitionEntry["required"];
}

type Node<Entry, Value> =
  | { readonly kind: "leaf"; readonly value: Value }
  | {
      readonly kind: "test";
      readonly field: string;
      readonly classify: Classifier;
      readonly candidates: readonly Candidate<Entry>[];
      /** By the class of the field's value. */
      readonly children: Map<number, Node<Entry, Value>>;
      /** The path of the previous event: below the first tests the next one mostly has the same value. */
      latest: { readonly value: FieldValue | undefined; readonly child: Node<Entry, Value> } | undefined;
    };

function isSame(left: FieldValue | undefined, right: FieldValue | undefined): boolean {
  return (
    left === right ||
    (typeof left === "object" &&
      typeof right === "object" &&
      left.length === right.length &&
      left.every((value, index) => value === right[index]))
  );
}

function mostRequiredField(candidates: readonly Candidate<unknown>[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { field } of candidates.flatMap(({ required }) => required.flat())) {
    counts.set(field, (counts.get(field) ?? 0) + 1);
  }
  let most: string | undefined;
  for (const [field, count] of counts) {
    most = most === undefined || count > (counts.get(most) ?? 0) ? field : most;
  }
  return most;
}

/** The candidate after a test of the field; `undefined` when the entry cannot apply to events with this value. */
function narrow<Entry>(
  { entry, required }: Candidate<Entry>,
  field: string,
  fields: Fields,
): Candidate<Entry> | undefined {
  const texts = new Set(valuesOf(fields, field).map((value) => foldCase(String(value))));
  const left = required
    .filter((keys) => !keys.some((key) => key.field === field && texts.has(key.text)))
    .map((keys) => keys.filter((key) => key.field !== field));
  return left.some((keys) => keys.length === 0) ? undefined : { entry, required: left };
}

/** `undefined` when a field has too many combinations of values. */
type Classifier = (value: FieldValue | undefined) => number | undefined;

/**
 * Classifies the values of a field as far as the keys tell them apart: by the value, or by the combination of values in
 * an array. 0 represents no value and all values that no key has.
 */
function createClassifier(keys: readonly ValueKey[], field: string): Classifier {
  const texts = new Set(keys.filter((key) => key.field === field).map(({ text }) => text));
  const classes = new Map([...texts].map((text, index) => [text, index + 1]));
  const classOf = memoize((value: Scalar) => classes.get(foldCase(String(value))) ?? 0);
  const pairs = new Map<number, Map<number, number>>();
  let combinations = 0;
  const combine = (left: number, right: number): number | undefined => {
    const combined = pairs.getOrInsertComputed(left, () => new Map());
    let number = combined.get(right);
    if (number === undefined && combinations < maximumCombinations) {
      combinations++;
      number = texts.size + combinations;
      combined.set(right, number);
    }
    return number;
  };
  return (value) => {
    if (typeof value !== "object") {
      return value === undefined ? 0 : classOf(value);
    }
    let all: number | undefined = 0;
    for (const single of value) {
      const number = classOf(single);
      if (number !== 0) {
        all = all === 0 ? number : combine(all, number);
        if (all === undefined) {
          return undefined;
        }
      }
    }
    return all;
  };
}
