import { z } from "zod";
import { timestamp } from "./time.ts";

/** Values that a list can have. */
export const mostListValues = 1_000_000;
/** Values of one request. */
const mostPerRequest = 50_000;

export const valueListType = z.enum(["keyword", "wildcard", "ip"]).meta({
  id: "ValueListType",
  description: "`keyword`: whole values. `wildcard`: values with `*`. `ip`: addresses and networks in CIDR notation.",
});

const name = z.string().trim().min(1).max(200);
const description = z.string().max(2000);
const value = z.string().min(1).max(1000);

export const valueList = z
  .object({
    id: z.string(),
    name,
    description: description.optional(),
    type: valueListType,
    count: z.number().describe("How many values it has."),
    hash: z.string().describe("Of its values; changes with them."),
    createdAt: timestamp,
    createdBy: z.string(),
    changedAt: timestamp.optional(),
    changedBy: z.string().optional(),
  })
  .meta({ id: "ValueList", description: "Values that exceptions refer to by the id of their list." });
export type ValueList = Readonly<z.infer<typeof valueList>>;

export const valueLists = z
  .object({ items: z.array(valueList), total: z.number() })
  .meta({ id: "ValueLists", description: "All value lists, by name." });

export const valueListQuery = z.object({
  search: z.string().max(1000).optional().describe("Only values that contain this text, in any case."),
  limit: z.coerce.number().int().min(1).max(1000).default(200).describe("Values at most."),
});
export type ValueListQuery = Readonly<z.output<typeof valueListQuery>>;

export const valueListDetail = z
  .object({
    list: valueList,
    values: z.array(z.string()),
    matching: z.number().describe("How many values match the search."),
    usedBy: z.array(z.object({ id: z.string(), name: z.string() })).describe("Exceptions that refer to the list."),
  })
  .meta({ id: "ValueListDetail", description: "A value list with the first of its values." });
export type ValueListDetail = Readonly<z.infer<typeof valueListDetail>>;

export const newValueList = z
  .object({
    name,
    description: description.optional(),
    type: valueListType,
    values: z.array(value).max(mostPerRequest).describe("More are added by further requests."),
  })
  .strict()
  .meta({ id: "NewValueList", description: "A value list to create." });
export type NewValueList = Readonly<z.infer<typeof newValueList>>;

export const valueListChange = z
  .object({
    add: z.array(value).max(mostPerRequest).default([]),
    remove: z.array(value).max(mostPerRequest).default([]),
    replace: z.boolean().default(false).describe("Removes all other values first."),
  })
  .strict()
  .meta({ id: "ValueListChange", description: "Values to add to a list and to remove from it." });
export type ValueListChange = Readonly<z.output<typeof valueListChange>>;

export const changedValueList = z
  .object({ list: valueList, added: z.number(), removed: z.number() })
  .meta({ id: "ChangedValueList", description: "A list after a change. Values that it had already are not counted." });
export type ChangedValueList = Readonly<z.infer<typeof changedValueList>>;
