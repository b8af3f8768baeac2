import type { Fields, Scalar } from "#contracts/event";
import { foldCase } from "../condition/fold-case.ts";
import type { Condition } from "../condition/tree.ts";
import { baseName } from "../event/path.ts";
import { memoize } from "../lib/memoize.ts";
import { createPartitionTree, isPartitionField, type PartitionEntry } from "./partition-tree.ts";
import { estimatedShare, keysOf, type RuleKey } from "./rule-keys.ts";
import { createSubstringIndex } from "./substring-index.ts";

/** Finds the positions of all conditions that can match an event, ascending and without duplicates. */
export type RuleIndex = (fields: Fields) => readonly number[];

/** A condition with its keys; without keys it is tested on every event of its types. */
interface Entry extends PartitionEntry {
  readonly position: number;
  readonly keys: readonly RuleKey[] | undefined;
}

/**
 * With the first event of a type, the conditions that require no other type are indexed, each under its rarest key. See
 * docs/decisions/0017.
 */
export function createRuleIndex(conditions: readonly Condition[]): RuleIndex {
  const indexByType = createPartitionTree(conditions.map(entryOf), createFieldIndex);
  let wholeIndex: RuleIndex | undefined;
  return (fields) => {
    const index = indexByType(fields);
    if (index !== undefined) {
      return index(fields);
    }
    wholeIndex ??= createFieldIndex(
      conditions.map((condition, position) => ({ position, keys: rareKeysOf(condition) })),
    );
    return wholeIndex(fields);
  };
}

function entryOf(condition: Condition, position: number): Entry {
  const keys = rareKeysOf(condition, (field) => !isPartitionField(field)) ?? rareKeysOf(condition);
  return { position, required: requiredValuesOf(condition), keys };
}

/** Keys that most events do not have. */
function rareKeysOf(condition: Condition, isCandidate?: (field: string) => boolean): readonly RuleKey[] | undefined {
  const keys = keysOf(condition, isCandidate);
  return keys === undefined || estimatedShare(keys) >= 1 ? undefined : keys;
}

function requiredValuesOf(condition: Condition): PartitionEntry["required"] {
  if (condition.kind === "and") {
    return condition.terms.flatMap(requiredValuesOf);
  }
  const keys = keysOf(condition, isPartitionField);
  return keys?.every((key) => key.kind === "value") === true ? [keys] : [];
}

/** The positions under the keys of one field. */
interface FieldKeys {
  readonly present: number[];
  readonly values: Map<string, number[]>;
  readonly names: Map<string, number[]>;
  readonly substrings: Map<string, number[]>;
}

function createFieldIndex(entries: readonly Pick<Entry, "position" | "keys">[]): RuleIndex {
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
  const fields = [...byField].map(([name, keys]) => ({ name, lookUp: createLookUp(keys) }));
  return (event) => {
    const found = [...always];
    const add = (positions: readonly number[]) => {
      for (const position of positions) {
        found.push(position);
      }
    };
    for (const { name, lookUp } of fields) {
      const value = event[name];
      if (typeof value === "object") {
        for (const single of value) {
          add(lookUp(single));
        }
      } else if (value !== undefined) {
        add(lookUp(value));
      }
    }
    return found.length < 2 ? found : sortedUnique(found);
  };
}

function positionsOf(fields: Map<string, FieldKeys>, key: RuleKey): number[] {
  const field = fields.getOrInsertComputed(key.field, () => ({
    present: [],
    values: new Map(),
    names: new Map(),
    substrings: new Map(),
  }));
  switch (key.kind) {
    case "present":
      return field.present;
    case "value":
      return field.values.getOrInsertComputed(key.text, () => []);
    case "name":
      return field.names.getOrInsertComputed(key.text, () => []);
    case "substring":
      return field.substrings.getOrInsertComputed(key.text, () => []);
  }
}

function createLookUp({ present, values, names, substrings }: FieldKeys): (value: Scalar) => readonly number[] {
  const findSubstrings = substrings.size === 0 ? undefined : createSubstringIndex([...substrings]);
  return memoize((value) => {
    const text = foldCase(String(value));
    const found = [...present, ...(values.get(text) ?? [])];
    if (names.size > 0) {
      found.push(...(names.get(baseName(text)) ?? []));
    }
    findSubstrings?.(text, (positions) => found.push(...positions));
    return found;
  });
}

function sortedUnique(positions: number[]): readonly number[] {
  positions.sort((left, right) => left - right);
  return positions.filter((position, index) => position !== positions[index - 1]);
}
