import type { Fields, Scalar } from "#contracts/event";
import { foldCase } from "../condition/fold-case.ts";
import type { Condition } from "../condition/tree.ts";
import { baseName } from "../event/path.ts";
import { memoize } from "../lib/memoize.ts";
import { createKinds, isParting, type OfKind } from "./event-kinds.ts";
import { createPartIndex } from "./part-index.ts";
import { keysOf, type RuleKey, shareOf } from "./rule-keys.ts";

/** Finds the positions of all conditions that may match an event, ascending, each once. */
export type RuleIndex = (fields: Fields) => readonly number[];

/** A condition with what leads to it, for events of its kinds; `keys` undefined where only a test can tell. */
interface Entry extends OfKind {
  readonly position: number;
  readonly keys: readonly RuleKey[] | undefined;
}

/**
 * Events are of few kinds. For each kind that comes the conditions that ask for no other are put together, once, under the
 * rarest thing that each needs besides; an event is then looked at field by field for these.
 */
export function createRuleIndex(conditions: readonly Condition[]): RuleIndex {
  const ofKind = createKinds(conditions.map(entryOf), indexOfKind);
  let all: RuleIndex | undefined;
  return (fields) => {
    const index = ofKind(fields);
    if (index !== undefined) {
      return index(fields);
    }
    all ??= indexOfKind(conditions.map((condition, position) => ({ position, keys: rareKeysOf(condition) })));
    return all(fields);
  };
}

function entryOf(condition: Condition, position: number): Entry {
  const beside = rareKeysOf(condition, (field) => !isParting(field));
  return { position, kinds: kindsOf(condition), keys: beside ?? rareKeysOf(condition) };
}

/** Keys that most events do not have. */
function rareKeysOf(condition: Condition, isOf?: (field: string) => boolean): readonly RuleKey[] | undefined {
  const keys = keysOf(condition, isOf);
  return keys === undefined || shareOf(keys) >= 1 ? undefined : keys;
}

function kindsOf(condition: Condition): OfKind["kinds"] {
  if (condition.kind === "and") {
    return condition.terms.flatMap(kindsOf);
  }
  const keys = keysOf(condition, isParting);
  return keys?.every((key) => key.kind === "value") === true ? [keys] : [];
}

/** What of one field leads to which conditions. */
interface FieldKeys {
  readonly present: number[];
  readonly values: Map<string, number[]>;
  readonly names: Map<string, number[]>;
  readonly parts: Map<string, number[]>;
}

function indexOfKind(entries: readonly Pick<Entry, "position" | "keys">[]): RuleIndex {
  const always: number[] = [];
  const byField = new Map<string, FieldKeys>();
  for (const { position, keys } of entries) {
    if (keys === undefined) {
      always.push(position);
    }
    for (const key of keys ?? []) {
      positionsOf(byField, key).push(position);
    }
  }
  const fields = [...byField].map(([name, keys]) => ({ name, look: lookFor(keys) }));
  return (event) => {
    const found = [...always];
    const add = (positions: readonly number[]) => {
      for (const position of positions) {
        found.push(position);
      }
    };
    for (const { name, look } of fields) {
      const value = event[name];
      if (typeof value === "object") {
        for (const single of value) {
          add(look(single));
        }
      } else if (value !== undefined) {
        add(look(value));
      }
    }
    return found.length < 2 ? found : ascending(found);
  };
}

function positionsOf(fields: Map<string, FieldKeys>, key: RuleKey): number[] {
  const field = fields.getOrInsertComputed(key.field, () => ({
    present: [],
    values: new Map(),
    names: new Map(),
    parts: new Map(),
  }));
  switch (key.kind) {
    case "present":
      return field.present;
    case "value":
      return field.values.getOrInsertComputed(key.text, () => []);
    case "name":
      return field.names.getOrInsertComputed(key.text, () => []);
    case "part":
      return field.parts.getOrInsertComputed(key.text, () => []);
  }
}

function lookFor({ present, values, names, parts }: FieldKeys): (value: Scalar) => readonly number[] {
  const findParts = parts.size === 0 ? undefined : createPartIndex([...parts]);
  return memoize((value) => {
    const text = foldCase(String(value));
    const found = [...present, ...(values.get(text) ?? [])];
    if (names.size > 0) {
      found.push(...(names.get(baseName(text)) ?? []));
    }
    findParts?.(text, (positions) => found.push(...positions));
    return found;
  });
}

/** Sorted, each once. */
function ascending(positions: number[]): readonly number[] {
  positions.sort((left, right) => left - right);
  return positions.filter((position, place) => position !== positions[place - 1]);
}
