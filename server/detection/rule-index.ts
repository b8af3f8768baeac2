import type { Fields, Scalar } from "#contracts/event";
import { foldCase } from "../condition/fold-case.ts";
import type { Condition, Test } from "../condition/tree.ts";
import { literalOf, literalText, parsePattern } from "../condition/wildcard-pattern.ts";
import { baseName } from "../event/path.ts";

/**
 * Fields on which rules part, one after the other: almost every rule asks for them, and an event has few values. They
 * split the rules into small groups before the telling fields look inside of a group.
 */
const partitions = ["event.category", "host.os.type", "event.type"] as const;

/** Fields whose literals single rules out, with how telling they are: few events share a process name. */
const discriminating: ReadonlyMap<string, number> = new Map([
  ["process.name", 16],
  ["process.parent.name", 16],
  ["process.executable", 16],
  ["process.parent.executable", 16],
  ["process.pe.original_file_name", 16],
  ["dll.name", 14],
  ["file.name", 14],
  ["file.extension", 10],
  ["registry.value", 12],
  ["event.code", 8],
  ["event.provider", 5],
  ["data_stream.dataset", 6],
  ["event.dataset", 6],
  ["winlog.channel", 6],
  ["event.module", 6],
  ["event.action", 5],
]);

/**
 * Paths are keyed by what follows their last separator: Sigma asks for the end of a path (`*\cmd.exe`) where others ask
 * for the name of the program.
 */
const paths: ReadonlySet<string> = new Set(["process.executable", "process.parent.executable"]);

export interface RuleKey {
  readonly field: string;
  /** Folded; of a path only its last part. */
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
    case "nested":
      return keysOf(condition.term, fields);
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
  const literals = paths.has(operand.name) ? lastParts(test) : literalsOf(test);
  return literals.every((literal) => literal !== undefined)
    ? literals.map((literal) => ({ field: operand.name, value: foldCase(literal) }))
    : undefined;
}

function literalsOf(test: Test): readonly (string | undefined)[] {
  switch (test.kind) {
    case "equals":
      return test.values.map(String);
    case "wildcard":
      return test.patterns.map((pattern) => literalOf(pattern, test));
    default:
      return [undefined];
  }
}

/** What follows the last separator of every path that passes; a pattern tells when its end has one. */
function lastParts(test: Test): readonly (string | undefined)[] {
  switch (test.kind) {
    case "equals":
      return test.values.map((value) => baseName(String(value)));
    case "wildcard":
      return test.patterns.map((pattern) => {
        const stretches = parsePattern(pattern, test);
        const end = literalText(stretches.at(-1) ?? []);
        return end === undefined || (stretches.length > 1 && !end.includes("\\")) ? undefined : baseName(end);
      });
    default:
      return [undefined];
  }
}

/** Rough share of events that have one of the keys. */
function cost(keys: readonly RuleKey[], fields: ReadonlyMap<string, number>): number {
  return keys.reduce((sum, key) => sum + 1 / 2 ** (fields.get(key.field) ?? 0), 0);
}

interface Entry {
  readonly position: number;
  readonly condition: Condition;
}

/** The event that is looked at: its folded values by field, each worked out once, and the candidates so far. */
interface Look {
  values(field: string): readonly string[];
  add(positions: readonly number[]): void;
}

type Visit = (look: Look) => void;

/** Finds the positions of all conditions that may match an event, ascending, each once. */
export function createRuleIndex(conditions: readonly Condition[]): (fields: Fields) => readonly number[] {
  const visit = partition(
    conditions.map((condition, position) => ({ position, condition })),
    partitions,
  );
  // Which look found a position last: cheaper than a set per event.
  const foundBy = new Uint32Array(conditions.length);
  let looks = 0;
  return (fields) => {
    looks = looks === 0xffffffff ? 1 : looks + 1;
    if (looks === 1) {
      foundBy.fill(0);
    }
    const found: number[] = [];
    const known = new Map<string, readonly string[]>();
    visit({
      values(field) {
        let values = known.get(field);
        if (values === undefined) {
          values = foldedValues(fields, field);
          known.set(field, values);
        }
        return values;
      },
      add(positions) {
        for (const position of positions) {
          if (foundBy[position] !== looks) {
            foundBy[position] = looks;
            found.push(position);
          }
        }
      },
    });
    return found.sort((left, right) => left - right);
  };
}

const none: readonly string[] = [];

function foldedValues(fields: Fields, field: string): readonly string[] {
  const value = fields[field];
  if (value === undefined) {
    return none;
  }
  const fold = paths.has(field)
    ? (single: Scalar) => foldCase(baseName(String(single)))
    : (single: Scalar) => foldCase(String(single));
  return typeof value === "object" ? value.map(fold) : [fold(value)];
}

function partition(entries: readonly Entry[], fields: readonly string[]): Visit {
  const [name, ...deeper] = fields;
  if (name === undefined || entries.length < 4) {
    return tellApart(entries);
  }
  const only = new Map([[name, 0]]);
  const keyed = groupByKey(entries, (condition) => keysOf(condition, only));
  const rest = keyed.rest.length === 0 ? undefined : partition(keyed.rest, deeper);
  const groups = new Map(
    [...(keyed.byField.get(name) ?? [])].map(([value, group]) => [value, partition(group, deeper)]),
  );
  return (look) => {
    rest?.(look);
    for (const value of look.values(name)) {
      groups.get(value)?.(look);
    }
  };
}

function tellApart(entries: readonly Entry[]): Visit {
  const keyed = groupByKey(entries, (condition) => keysOf(condition));
  const always = keyed.rest.map(({ position }) => position);
  const byField = [...keyed.byField].map(([name, groups]) => ({
    name,
    positions: new Map([...groups].map(([value, group]) => [value, group.map(({ position }) => position)])),
  }));
  return (look) => {
    look.add(always);
    for (const { name, positions } of byField) {
      for (const value of look.values(name)) {
        const matching = positions.get(value);
        if (matching !== undefined) {
          look.add(matching);
        }
      }
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
