import { z } from "zod";
import { type ValueList, valueList } from "#contracts/value-list";
import { foldCase } from "../../condition/fold-case.ts";
import { stored } from "../damage.ts";
import { number, text } from "../row.ts";
import type { ValueListPart } from "./port.ts";

type Row = Readonly<Record<string, unknown>>;

/** A list from the `body` of its row. */
export const valueListOf = stored("value list", (row: Row) => valueList.parse(JSON.parse(text(row, "body"))));

const values = z.array(z.string());

/** A part of a list from its row: `list`, `part` and the `body` with its values. */
export const valueListPartOf = stored(
  "values of a list",
  (row: Row): ValueListPart => ({
    list: text(row, "list"),
    part: number(row, "part"),
    values: values.parse(JSON.parse(text(row, "body"))),
  }),
);

/** By name without regard to case, then by id: the order of both stores. */
export function listsByName(lists: readonly ValueList[]): readonly ValueList[] {
  const keyed = lists.map((list) => ({ list, key: `${foldCase(list.name)}\u0000${list.id}` }));
  return keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(({ list }) => list);
}
