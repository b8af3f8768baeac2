import { z } from "zod";

type Wanted = "text" | "number" | "boolean" | { readonly list: Wanted };

/** The part of JSON Schema that query parameters need. */
const propertySchema = z.object({
  type: z.string().optional(),
  items: z.unknown().optional(),
});
const objectSchema = z.object({ properties: z.record(z.string(), z.unknown()).default({}) });

function wanted(schema: unknown): Wanted {
  const parsed = propertySchema.safeParse(schema);
  switch (parsed.success ? parsed.data.type : undefined) {
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return { list: wanted(parsed.data?.items) };
    default:
      return "text";
  }
}

function coerce(value: unknown, want: Wanted): unknown {
  if (typeof want === "object") {
    return (Array.isArray(value) ? value : [value]).map((item: unknown) => coerce(item, want.list));
  }
  if (typeof value !== "string") {
    return value;
  }
  if (want === "number" && /^-?\d+(\.\d+)?$/.test(value)) {
    return Number(value);
  }
  if (want === "boolean" && (value === "true" || value === "false")) {
    return value === "true";
  }
  return value;
}

/**
 * Reads a query string by the schema of its route: repeated names become lists, numbers and booleans their values. What
 * does not fit stays text, so that the schema refuses it and names the field. A name that the route does not know is
 * refused as well: a misspelt filter must not silently show everything.
 */
export function queryReader(schema: z.ZodType): (query: Readonly<Record<string, unknown>>) => unknown {
  const { properties } = objectSchema.parse(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  const wants = new Map(Object.entries(properties).map(([name, property]) => [name, wanted(property)]));
  return (query) => {
    const read: Record<string, unknown> = Object.create(null);
    for (const [name, value] of Object.entries(query)) {
      read[name] = coerce(value, wants.get(name) ?? "text");
    }
    return { ...read };
  };
}
