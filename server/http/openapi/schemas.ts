import { z } from "zod";

export type Json = Readonly<Record<string, unknown>>;

const prefix = "#/components/schemas/";

/** A reference to the component of a named schema: one with an id in its metadata. */
export function referenceTo(schema: z.ZodType): Json {
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) {
    throw new Error("a schema of the API has no id");
  }
  return { $ref: prefix + id };
}

/** The JSON Schema of an unnamed schema of a request; named schemas in it are references. */
export function requestSchemaOf(schema: z.ZodType): Json {
  const { $schema, $defs, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return JSON.parse(JSON.stringify(rest).replaceAll("#/$defs/", prefix));
}

/**
 * The components that requests and responses refer to, directly or through each other. A named schema that reads one
 * way and writes another would need two components; no schema of the API does.
 */
export function componentsFor(requests: unknown, responses: unknown): Readonly<Record<string, Json>> {
  const accepted = reachable(requests, namedSchemas("input"));
  const returned = reachable(responses, namedSchemas("output"));
  const different = [...returned].find(([id, schema]) => accepted.has(id) && !isSame(accepted.get(id), schema));
  if (different !== undefined) {
    throw new Error(`the schema ${different[0]} differs between requests and responses`);
  }
  return Object.fromEntries([...accepted, ...returned].toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

function namedSchemas(io: "input" | "output"): ReadonlyMap<string, Json> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    io,
    unrepresentable: "any",
    uri: (id) => prefix + id,
    override: ({ zodSchema, jsonSchema }) => {
      // Only strict objects stay closed: responses may gain fields, and clients must not reject them.
      const { def } = zodSchema._zod;
      if (def.type === "object" && !("catchall" in def && def.catchall !== undefined)) {
        delete jsonSchema.additionalProperties;
      }
    },
  });
  return new Map(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

/** The schemas that `from` refers to, and those that they refer to. */
function reachable(from: unknown, schemas: ReadonlyMap<string, Json>): Map<string, Json> {
  const found = new Map<string, Json>();
  const visit = (value: unknown): void => {
    for (const [, id = ""] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = schemas.get(id);
      if (schema !== undefined && !found.has(id)) {
        found.set(id, schema);
        visit(schema);
      }
    }
  };
  visit(from);
  return found;
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
