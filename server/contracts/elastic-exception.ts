import { z } from "zod";

/** Exception lists and their items as Elastic exports them, one JSON object per line. See docs/decisions/0086. */

const text = z.string().max(8000);
const name = z.string().min(1).max(200);
const id = z.string().min(1).max(300);
const operator = z.enum(["included", "excluded"]);
const field = z.string().min(1).max(210);
const value = z.string().min(1).max(8000);
const osTypes = z.array(z.enum(["windows", "linux", "macos"])).max(3);
const namespace = z.enum(["single", "agnostic"]);
const tags = z.array(z.string().max(1000)).max(200);
const meta = z.record(z.string(), z.unknown());

const match = z.object({ type: z.literal("match"), field, operator, value }).strict();
const matchAny = z
  .object({ type: z.literal("match_any"), field, operator, value: z.array(value).min(1).max(20_000) })
  .strict();
const exists = z.object({ type: z.literal("exists"), field, operator }).strict();

export const elasticEntry = z.discriminatedUnion("type", [
  match,
  matchAny,
  exists,
  z.object({ type: z.literal("wildcard"), field, operator, value }).strict(),
  z
    .object({
      type: z.literal("list"),
      field,
      operator,
      list: z.object({ id: z.string().min(1).max(200), type: z.string().min(1).max(50) }).strict(),
    })
    .strict(),
  z
    .object({
      type: z.literal("nested"),
      field,
      entries: z
        .array(z.discriminatedUnion("type", [match, matchAny, exists]))
        .min(1)
        .max(20),
    })
    .strict(),
]);
export type ElasticEntry = Readonly<z.infer<typeof elasticEntry>>;

const kept = {
  id: id.optional(),
  _version: id.optional(),
  tie_breaker_id: id.optional(),
  created_at: id.optional(),
  created_by: id.optional(),
  updated_at: id.optional(),
  updated_by: id.optional(),
  meta: meta.optional(),
};

const wholeList = z
  .object({
    ...kept,
    list_id: id,
    type: z.string().min(1).max(100),
    name,
    description: text,
    immutable: z.boolean().optional(),
    version: z.number().optional(),
    tags,
    os_types: osTypes,
    namespace_type: namespace,
  })
  .strict();
export type ElasticList = Readonly<z.infer<typeof wholeList>>;

/** A list as files have it. */
export const elasticList = wholeList.extend({
  tags: tags.default([]),
  os_types: osTypes.default([]),
  namespace_type: namespace.default("single"),
});

const comment = z.object({ comment: z.string().min(1).max(8000) }).strict();
const comments = z.array(comment).max(1000);

const keptOfItem = z
  .object({ ...kept, item_id: id, list_id: id, type: z.literal("simple"), namespace_type: namespace, tags, comments })
  .strict();

const wholeItem = keptOfItem.extend({
  name,
  description: z.string().max(4000),
  entries: z.array(elasticEntry).min(1).max(50),
  os_types: osTypes,
  expire_time: z.iso.datetime().optional(),
});
export type ElasticItem = Readonly<z.infer<typeof wholeItem>>;

/** An item as files have it. Of a comment only the text is kept. */
export const elasticItem = wholeItem.extend({
  namespace_type: namespace.default("single"),
  os_types: osTypes.default([]),
  tags: tags.default([]),
  comments: z
    .array(
      comment
        .extend({
          id: id.optional(),
          created_at: id.optional(),
          created_by: id.optional(),
          updated_at: id.optional(),
          updated_by: id.optional(),
        })
        .transform(({ comment: words }) => ({ comment: words })),
    )
    .max(1000)
    .default([]),
});

/** What an exception keeps of the Elastic item that it was imported from, so that its export is the same again. */
export const exceptionOrigin = z
  .object({
    format: z.literal("elastic"),
    item: keptOfItem,
    list: wholeList.optional().describe("Absent if the file did not have it."),
    listTypes: z.record(z.string(), z.string()).optional().describe("Types of the value lists, by their ids."),
  })
  .strict()
  .meta({ id: "ExceptionOrigin", description: "The exchange file that an exception was imported from." });
export type ExceptionOrigin = Readonly<z.infer<typeof exceptionOrigin>>;
