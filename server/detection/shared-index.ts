import type { Fields } from "#contracts/event";
import type { Condition } from "../condition/tree.ts";
import { createRuleIndex, type RuleIndex } from "./rule-index.ts";

/** How an engine finds the conditions to test: by an index of its own, one shared with others, or all of them. */
export type IndexOf = (conditions: readonly Condition[]) => RuleIndex;

export const withoutIndex: IndexOf = (conditions) => {
  const all = conditions.map((_, position) => position);
  return () => all;
};

/**
 * One index for several engines that are asked about the same event one after the other: it is looked at once. Built with
 * the first event; conditions that come later get an index of their own.
 */
export function sharedIndex(): IndexOf {
  const lists: (readonly Condition[])[] = [];
  let index: RuleIndex | undefined;
  let asked: Fields | undefined;
  let found: readonly (readonly number[])[] = [];
  const look = (fields: Fields) => {
    index ??= createRuleIndex(lists.flat());
    asked = fields;
    found = split(index(fields), lists);
  };
  return (conditions) => {
    if (index !== undefined) {
      return createRuleIndex(conditions);
    }
    const list = lists.push(conditions) - 1;
    return (fields) => {
      if (fields !== asked) {
        look(fields);
      }
      return found[list] ?? [];
    };
  };
}

/** Ascending positions in all lists together as positions in each. */
function split(positions: readonly number[], lists: readonly (readonly unknown[])[]): readonly (readonly number[])[] {
  let start = 0;
  let next = 0;
  return lists.map(({ length }) => {
    const from = next;
    const end = start + length;
    while ((positions[next] ?? end) < end) {
      next++;
    }
    const before = start;
    start = end;
    return from === next ? none : positions.slice(from, next).map((position) => position - before);
  });
}

const none: readonly number[] = [];
