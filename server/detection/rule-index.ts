import type { Fields } from "#contracts/event";
import { foldCase } from "../condition/fold-case.ts";
import type { Condition } from "../condition/tree.ts";
import { literalOf } from "../condition/wildcard-pattern.ts";

/**
 * Fields on which rules part, one after the other: almost every rule asks for them, and an event has few values. They
 * split the rules into small groups before the telling fields look inside of a group.
 */
const partitions = ["event.category", "host.os.type", "event.type"] as const;

/** Fields whose literals single rules out, with how telling they are: few events share a process name. */
const discriminating: ReadonlyMap<string, number> = new Map([
  ["process.name", 16],
  ["process.parent.name", 16],
  ["process.pe.original_file_name", 16],
  ["dll.name", 14],
  ["file.name", 14],
  ["file.extension", 10],
  ["registry.value", 12],
  ["event.code", 8],
  ["event.provider", 7],
  ["data_stream.dataset", 6],
  ["event.dataset", 6],
  ["event.action", 5],
]);

export interface RuleKey {
  readonly field: string;
  /** Folded. */
  readonly value: string;
}

/**
 * Keys over the given fields of which every matching event has at least one; `undefined` when there is no such set. Of a
 * conjunction the cheapest term is enough, of a disjunction every term must have keys.
 */
export function keysOf(
  condition: Condition,
  fields: ReadonlyMap<string, number> = discriminating,
): readonly RuleKey[] | undefined {
  switch (condition.kind) {
    case "constant":
      return condition.value === true ? undefined : [];
    case "not":
      return undefined;
    case "and":
      return condition.terms
        .map((term) => keysOf(term, fields))
        .filter((keys) => keys !== undefined)
        .reduce<readonly RuleKey[] | undefined>(
          (best, keys) => (best === undefined || cost(keys, fields) < cost(best, fields) ? keys : best),
          undefined,
        );
    case "or": {
      const keys = condition.terms.map((term) => keysOf(term, fields));
      return keys.every((term) => term !== undefined) ? keys.flat() : undefined;
    }
    case "compare":
      return keysOfCompare(condition, fields);
  }
}

function keysOfCompare(
  condition: Condition & { readonly kind: "compare" },
  fields: ReadonlyMap<string, number>,
): readonly RuleKey[] | undefined {
  const { operand, test } = condition;
  if (operand.kind !== "field" || !fields.has(operand.name)) {
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
function cost(keys: readonly RuleKey[], fields: ReadonlyMap<string, number>): number {
  return keys.reduce((sum, key) => sum + 1 / 2 ** (fields.get(key.field) ?? 0), 0);
}

interface Entry {
  readonly position: number;
  readonly condition: Condition;
}

/** Adds the positions of the candidates for an event. */
type Visit = (fields: Fields, found: Set<number>) => void;

/** Finds the positions of all conditions that may match an event, ascending, each once. */
export function createRuleIndex(conditions: readonly Condition[]): (fields: Fields) => readonly number[] {
  const visit = partition(
    conditions.map((condition, position) => ({ position, condition })),
    partitions,
  );
  return (fields) => {
    const found = new Set<number>();
    visit(fields, found);
    return [...found].sort((left, right) => left - right);
  };
}

function partition(entries: readonly Entry[], fields: readonly string[]): Visit {
  const [name, ...deeper] = fields;
  if (name === undefined || entries.length < 4) {
    return tellApart(entries);
  }
  const only = new Map([[name, 0]]);
  const keyed = groupByKey(entries, (condition) => keysOf(condition, only));
  const rest = keyed.rest.length === 0 ? undefined : partition(keyed.rest, deeper);
  const values = new Map(
    [...(keyed.byField.get(name) ?? [])].map(([value, group]) => [value, partition(group, deeper)]),
  );
  return (event, found) => {
    rest?.(event, found);
    forEachValue(event, name, (value) => values.get(value)?.(event, found));
  };
}

function tellApart(entries: readonly Entry[]): Visit {
  const keyed = groupByKey(entries, (condition) => keysOf(condition));
  const always = keyed.rest.map(({ position }) => position);
  const byField = [...keyed.byField].map(
    ([name, groups]) =>
      [name, new Map([...groups].map(([value, group]) => [value, group.map(({ position }) => position)]))] as const,
  );
  return (event, found) => {
    for (const position of always) {
      found.add(position);
    }
    for (const [name, positions] of byField) {
      forEachValue(event, name, (value) => {
        for (const position of positions.get(value) ?? []) {
          found.add(position);
        }
      });
    }
  };
}

function groupByKey(
  entries: readonly Entry[],
  keysOfEntry: (condition: Condition) => readonly RuleKey[] | undefined,
): { readonly byField: Map<string, Map<string, Entry[]>>; readonly rest: readonly Entry[] } {
  const byField = new Map<string, Map<string, Entry[]>>();
  const rest: Entry[] = [];
  for (const entry of entries) {
    const keys = keysOfEntry(entry.condition);
    if (keys === undefined) {
      rest.push(entry);
      continue;
    }
    for (const { field, value } of keys) {
      const values = byField.get(field) ?? new Map<string, Entry[]>();
      byField.set(field, values);
      const group = values.get(value) ?? [];
      values.set(value, group);
      if (group.at(-1) !== entry) {
        group.push(entry);
      }
    }
  }
  return { byField, rest };
}

function forEachValue(event: Fields, name: string, see: (value: string) => void): void {
  const value = event[name];
  if (value === undefined) {
    return;
  }
  if (typeof value !== "object") {
    see(foldCase(String(value)));
    return;
  }
  for (const single of value) {
    see(foldCase(String(single)));
  }
}
