import type { Fields } from "#contracts/event";
import { foldCase } from "../condition/fold-case.ts";
import type { Condition } from "../condition/tree.ts";
import { literalOf } from "../condition/wildcard-pattern.ts";

/** Fields whose literals tell rules apart, with how telling they are: few events share a process name, many a category. */
const discriminating: ReadonlyMap<string, number> = new Map([
  ["process.name", 16],
  ["process.parent.name", 16],
  ["process.pe.original_file_name", 16],
  ["file.name", 12],
  ["event.code", 8],
  ["event.action", 6],
  ["data_stream.dataset", 6],
  ["host.os.type", 2],
  ["event.category", 4],
]);

export interface RuleKey {
  readonly field: string;
  /** Folded. */
  readonly value: string;
}

/**
 * Keys of which every matching event has at least one; `undefined` when there is no such set. Of a conjunction the most
 * telling term is enough, of a disjunction every term must have keys.
 */
export function keysOf(condition: Condition): readonly RuleKey[] | undefined {
  switch (condition.kind) {
    case "constant":
      return condition.value === true ? undefined : [];
    case "not":
      return undefined;
    case "and":
      return condition.terms
        .map(keysOf)
        .filter((keys) => keys !== undefined)
        .reduce<readonly RuleKey[] | undefined>(
          (best, keys) => (best === undefined || cost(keys) < cost(best) ? keys : best),
          undefined,
        );
    case "or": {
      const keys = condition.terms.map(keysOf);
      return keys.every((term) => term !== undefined) ? keys.flat() : undefined;
    }
    case "compare":
      return keysOfCompare(condition);
  }
}

function keysOfCompare(condition: Condition & { readonly kind: "compare" }): readonly RuleKey[] | undefined {
  const { operand, test } = condition;
  if (operand.kind !== "field" || !discriminating.has(operand.name)) {
    return undefined;
  }
  const literals =
    test.kind === "equals"
      ? test.values.map(String)
      : test.kind === "wildcard"
        ? test.patterns.map((pattern) => literalOf(pattern, test))
        : [undefined];
  return literals.every((literal) => literal !== undefined)
    ? literals.map((literal) => ({ field: operand.name, value: foldCase(literal) }))
    : undefined;
}

/** Rough share of events that have one of the keys. */
function cost(keys: readonly RuleKey[]): number {
  return keys.reduce((sum, key) => sum + 1 / 2 ** (discriminating.get(key.field) ?? 0), 0);
}

/** Finds the positions of all conditions that may match an event, ascending, each once. */
export function createRuleIndex(conditions: readonly Condition[]): (fields: Fields) => readonly number[] {
  const always: number[] = [];
  const byField = new Map<string, Map<string, number[]>>();
  conditions.forEach((condition, position) => {
    const keys = keysOf(condition);
    if (keys === undefined) {
      always.push(position);
      return;
    }
    for (const { field, value } of keys) {
      const values = byField.get(field) ?? new Map<string, number[]>();
      byField.set(field, values);
      const positions = values.get(value) ?? [];
      values.set(value, positions);
      if (positions.at(-1) !== position) {
        positions.push(position);
      }
    }
  });
  const fieldNames = [...byField];
  return (fields) => {
    const found = new Set(always);
    for (const [name, values] of fieldNames) {
      const value = fields[name];
      if (value === undefined) {
        continue;
      }
      for (const single of typeof value === "object" ? value : [value]) {
        for (const position of values.get(foldCase(String(single))) ?? []) {
          found.add(position);
        }
      }
    }
    return [...found].sort((left, right) => left - right);
  };
}
