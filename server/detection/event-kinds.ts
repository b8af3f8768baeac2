import type { Fields, FieldValue, Scalar } from "#contracts/event";
import { foldCase } from "../condition/fold-case.ts";
import { valuesOf } from "../event/event.ts";
import { memoize } from "../lib/memoize.ts";
import type { RuleKey } from "./rule-keys.ts";

/** Fields that say what kind of event it is: almost every rule asks for some of them, and their values are few. */
const parting: ReadonlySet<string> = new Set([
  "event.code",
  "event.category",
  "event.type",
  "host.os.type",
  "winlog.channel",
  "data_stream.dataset",
  "event.dataset",
  "event.module",
]);

export function isParting(field: string): boolean {
  return parting.has(field);
}

export type ValueKey = RuleKey & { readonly kind: "value" };

/** Something that is only there for some kinds of events: of each list of values an event must have at least one. */
export interface OfKind {
  readonly kinds: readonly (readonly ValueKey[])[];
}

/** Kinds that are told apart, at most. */
const maximumKinds = 256;
/** Combinations of values of one field that are told apart, at most. */
const maximumCombinations = 128;

/**
 * Tells kinds of events apart and gives what `leadTo` made of the entries that are there for an event's kind, once per kind;
 * `undefined` for kinds that are too many. One field after the other is asked for, that of most entries first, until all
 * that is left is there for every event that has come so far: a tree that grows with the kinds that come.
 */
export function createKinds<Entry extends OfKind, Lead>(
  entries: readonly Entry[],
  leadTo: (entries: readonly Entry[]) => Lead,
): (fields: Fields) => Lead | undefined {
  const keys = entries.flatMap(({ kinds }) => kinds.flat());
  const numberings = new Map([...parting].map((field) => [field, numberValues(keys, field)]));
  let kinds = 0;
  const root = branchOf(entries.map((entry) => ({ entry, open: entry.kinds })));

  function branchOf(waiting: readonly Waiting<Entry>[]): Branch<Entry, Lead> {
    const field = mostAsked(waiting);
    const numberOf = field === undefined ? undefined : numberings.get(field);
    if (field === undefined || numberOf === undefined) {
      kinds++;
      return { kind: "leaf", lead: leadTo(waiting.map(({ entry }) => entry)) };
    }
    return { kind: "fork", field, numberOf, waiting, branches: new Map(), last: undefined };
  }

  return (fields) => {
    let branch = root;
    while (branch.kind === "fork") {
      const { field, numberOf, waiting, branches, last } = branch;
      const value = fields[field];
      if (last !== undefined && isSame(value, last.value)) {
        branch = last.next;
        continue;
      }
      const number = numberOf(value);
      let next = number === undefined ? undefined : branches.get(number);
      if (next === undefined) {
        if (number === undefined || kinds >= maximumKinds) {
          return undefined;
        }
        next = branchOf(waiting.flatMap((one) => answered(one, field, fields) ?? []));
        branches.set(number, next);
      }
      branch.last = { value, next };
      branch = next;
    }
    return branch.lead;
  };
}

/** An entry with the lists of which no value is known to be there yet. */
interface Waiting<Entry> {
  readonly entry: Entry;
  readonly open: OfKind["kinds"];
}

type Branch<Entry, Lead> =
  | { readonly kind: "leaf"; readonly lead: Lead }
  | {
      readonly kind: "fork";
      readonly field: string;
      readonly numberOf: NumberOf;
      readonly waiting: readonly Waiting<Entry>[];
      /** By the number of the field's value. */
      readonly branches: Map<number, Branch<Entry, Lead>>;
      /** Where the last event went: behind the first fork or two, the next one mostly says the same. */
      last: { readonly value: FieldValue | undefined; readonly next: Branch<Entry, Lead> } | undefined;
    };

function isSame(left: FieldValue | undefined, right: FieldValue | undefined): boolean {
  return (
    left === right ||
    (typeof left === "object" &&
      typeof right === "object" &&
      left.length === right.length &&
      left.every((value, place) => value === right[place]))
  );
}

function mostAsked(waiting: readonly Waiting<unknown>[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { field } of waiting.flatMap(({ open }) => open.flat())) {
    counts.set(field, (counts.get(field) ?? 0) + 1);
  }
  let most: string | undefined;
  for (const [field, count] of counts) {
    most = most === undefined || count > (counts.get(most) ?? 0) ? field : most;
  }
  return most;
}

/** The entry when the field is known; `undefined` when it is not there for such events. */
function answered<Entry>({ entry, open }: Waiting<Entry>, field: string, fields: Fields): Waiting<Entry> | undefined {
  const texts = new Set(valuesOf(fields, field).map((value) => foldCase(String(value))));
  const left = open
    .filter((keys) => !keys.some((key) => key.field === field && texts.has(key.text)))
    .map((keys) => keys.filter((key) => key.field !== field));
  return left.some((keys) => keys.length === 0) ? undefined : { entry, open: left };
}

type NumberOf = (value: FieldValue | undefined) => number | undefined;

/**
 * Tells values of a parting field apart as far as the keys do: which of them it is, or which of them stand in a list; 0 is
 * no value and any other. `undefined` where too many combinations came.
 */
function numberValues(keys: readonly ValueKey[], field: string): NumberOf {
  const texts = new Set(keys.filter((key) => key.field === field).map(({ text }) => text));
  const numbers = new Map([...texts].map((text, place) => [text, place + 1]));
  const numberOf = memoize((value: Scalar) => numbers.get(foldCase(String(value))) ?? 0);
  const pairs = new Map<number, Map<number, number>>();
  let combinations = 0;
  const together = (left: number, right: number): number | undefined => {
    const ofLeft = pairs.getOrInsertComputed(left, () => new Map());
    let number = ofLeft.get(right);
    if (number === undefined && combinations < maximumCombinations) {
      combinations++;
      number = texts.size + combinations;
      ofLeft.set(right, number);
    }
    return number;
  };
  return (value) => {
    if (typeof value !== "object") {
      return value === undefined ? 0 : numberOf(value);
    }
    let all: number | undefined = 0;
    for (const single of value) {
      const number = numberOf(single);
      if (number !== 0) {
        all = all === 0 ? number : together(all, number);
        if (all === undefined) {
          return undefined;
        }
      }
    }
    return all;
  };
}
