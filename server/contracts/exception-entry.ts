import { z } from "zod";

const operator = z.enum(["included", "excluded"]).describe("`excluded` negates the entry.");

const common = {
  field: z.string().min(1).max(200).describe("A dotted field name of the alert or its event."),
  operator,
  case: z.enum(["sensitive", "insensitive"]).describe("Elastic compares keyword fields as `sensitive`."),
};
const value = z.string().min(1).max(8000);

const match = z.object({ type: z.literal("match"), value, ...common }).strict();
const matchAny = z
  .object({ type: z.literal("match_any"), values: z.array(value).min(1).max(20_000), ...common })
  .strict();
const wildcard = z
  .object({
    type: z.literal("wildcard"),
    value: value.describe("`*` matches any characters, `?` one character; `\\` escapes."),
    ...common,
  })
  .strict();
const template = z
  .object({
    type: z.literal("template"),
    value: value.describe(
      "A whole value as it is written, with typed stand-ins: `{digits}`, `{hex}`, `{guid}`, `{name}` (letters, digits, " +
        "`_` and `-`). `{{` is a brace.",
    ),
    ...common,
  })
  .strict();
const exists = z.object({ type: z.literal("exists"), ...common }).strict();
const list = z
  .object({ type: z.literal("list"), list: z.string().min(1).max(200).describe("Id of a value list."), ...common })
  .strict();

/** An entry that tests one field. */
export const fieldEntry = z
  .discriminatedUnion("type", [match, matchAny, wildcard, template, exists, list])
  .meta({ id: "FieldEntry", description: "A test of one field." });
export type FieldEntry = Readonly<z.infer<typeof fieldEntry>>;

const nested = z
  .object({
    type: z.literal("nested"),
    field: common.field.describe("The array of objects; fields of the entries are below it."),
    entries: z
      .array(z.discriminatedUnion("type", [match, matchAny, exists]))
      .min(1)
      .max(20),
  })
  .strict();

/** The fields of a process of the graph that entries about ancestors can test. */
export const ancestorFields = [
  "process.name",
  "process.executable",
  "process.command_line",
  "process.original_file_name",
  "process.pid",
  "process.entity_id",
  "process.hash.md5",
  "process.hash.sha1",
  "process.hash.sha256",
  "user.name",
  "user.domain",
  "user.id",
] as const;

const ancestor = z
  .object({
    type: z.literal("ancestor"),
    which: z.enum(["parent", "any"]).describe("The parent only, or any process above."),
    entries: z.array(fieldEntry).min(1).max(20).describe("All must match the same ancestor."),
    operator,
  })
  .strict();

/** The fields of a logon session that entries about sessions can test. */
export const sessionFields = [
  "source.ip",
  "source.domain",
  "winlog.logon.type",
  "winlog.event_data.AuthenticationPackageName",
] as const;

const session = z
  .object({
    type: z.literal("session"),
    entries: z.array(fieldEntry).min(1).max(20).describe("All must match the logon session of the process."),
    operator,
  })
  .strict();

/** Entry types and operators as in Elastic's exception lists, and two about what only the process graph knows. */
export const exceptionEntry = z
  .discriminatedUnion("type", [match, matchAny, wildcard, template, exists, list, nested, ancestor, session])
  .meta({
    id: "ExceptionEntry",
    description:
      "One condition of an exception, as in Elastic's exception lists. `template`, `ancestor` and `session` are our own.",
  });
export type ExceptionEntry = Readonly<z.infer<typeof exceptionEntry>>;

/** Whether an entry tests one field of the event. */
export function isFieldEntry(entry: ExceptionEntry): entry is FieldEntry {
  return entry.type !== "nested" && entry.type !== "ancestor" && entry.type !== "session";
}

/** The fields of the event that an entry tests; none for entries about ancestors and sessions. */
export function eventFieldsOf(entry: ExceptionEntry): readonly string[] {
  switch (entry.type) {
    case "ancestor":
    case "session":
      return [];
    case "nested":
      return entry.entries.map(({ field }) => `${entry.field}.${field}`);
    default:
      return [entry.field];
  }
}
