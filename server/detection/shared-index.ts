import type { Fields } from "#contracts/event";
import type { Condition } from "../condition/tree.ts";
import { createRuleIndex, type RuleIndex } from "./rule-index.ts";

/** Creates the index of an engine: its own, a part of a shared one, or one that returns all conditions. */
export type IndexFactory = (conditions: readonly Condition[]) => RuleIndex;

/** Every condition is a candidate for every event. */
export const withoutIndex: IndexFactory = (conditions) => {
  const all = conditions.map((_, position) => position);
  return () => all;
};

/**
 * One index for several engines that process the same event one after the other, so that each event is looked up once.
 * It is built with the first event; engines created later get an index of their own.
 */
export function sharedIndex(): IndexFactory {
  const lists: (readonly Condition[])[] = [];
  let index: RuleIndex | undefined;
  let current: Fields | undefined;
  let found: readonly (readonly number[])[] = [];
  const lookUp = (fields: Fields) => {
    index ??= createRuleIndex(lists.flat());
    current = fields;
    found = split(index(fields), lists);
  };
  return (conditions) => {
    if (index !== undefined) {
      return createRuleIndex(conditions);
    }
    const list = lists.push(conditions) - 1;
    return (fields) => {
      if (fields !== current) {
        lookUp(fields);
      }
      return found[list] ?? [];
    };
  };
}

/** Converts ascending positions in the concatenated lists to positions in each list. */
function split(positions: readonly number[], lists: readonly (readonly unknown[])[]): readonly (readonly number[])[] {
  let start = 0;
  let next = 0;
  return lists.map(({ length }) => {
    const first = next;
    const offset = start;
    start += length;
    while ((positions[next] ?? start) < start) {
      next++;
    }
    return first === next ? none : positions.slice(first, next).map((position) => position - offset);
  });
}

const none: readonly number[] = [];
