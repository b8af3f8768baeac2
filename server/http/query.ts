import { z } from "zod";

type ValueType = "text" | "number" | "boolean" | { readonly list: ValueType };

/** The part of JSON Schema that query parameters use. */
const propertySchema = z.object({
  type: z.string().optional(),
  items: z.unknown().optional(),
});
const objectSchema = z.object({ properties: z.record(z.string(), z.unknown()).default({}) });

function typeOf(schema: unknown): ValueType {
  const parsed = propertySchema.safeParse(schema);
  switch (parsed.success ? parsed.data.type : undefined) {
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return { list: typeOf(parsed.data?.items) };
    default:
      return "text";
  }
}

function coerce(value: unknown, type: ValueType): unknown {
  if (typeof type === "object") {
    return (Array.isArray(value) ? value : [value]).map((item: unknown) => coerce(item, type.list));
  }
  if (typeof value !== "string") {
    return value;
  }
  if (type === "number" && /^-?\d+(\.\d+)?$/.test(value)) {
    return Number(value);
  }
  if (type === "boolean" && (value === "true" || value === "false")) {
    return value === "true";
  }
  return value;
}

/**
 * Returns a function that converts the text of query parameters to the types in a schema: repeated names to lists, and
 * numbers and booleans to their values. Text that cannot be converted stays text, so that the schema rejects it by
 * name.
 */
export function queryReader(schema: z.ZodType): (query: Readonly<Record<string, unknown>>) => unknown {
  const { properties } = objectSchema.parse(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  const types = new Map(Object.entries(properties).map(([name, property]) => [name, typeOf(property)]));
  return (query) => {
    // Without a prototype, because names come from outside.
    const converted: Record<string, unknown> = Object.create(null);
    for (const [name, value] of Object.entries(query)) {
      converted[name] = coerce(value, types.get(name) ?? "text");
    }
    return { ...converted };
  };
}
