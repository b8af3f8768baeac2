import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import type { FieldValue, Scalar } from "#contracts/event";
import type { Problem } from "#contracts/problem";
import { yamlPlaces } from "../detection/rule-files/yaml-document.ts";
import type { MutableFields } from "../event/values.ts";
import { fail, ok, type Result } from "../lib/result.ts";

/** What a mapping says about one field. */
interface FieldMapping {
  readonly type: string;
  /** Of an alias: the field with the values. */
  readonly path?: string | undefined;
  /** Stands in for an explicit null. */
  readonly nullValue?: Scalar | undefined;
}

/** The types of fields, by their dotted names. */
export type Mapping = ReadonlyMap<string, FieldMapping>;

const numbers = "long integer short byte unsigned_long double float half_float scaled_float".split(" ");
const types = new Set([
  ..."keyword constant_keyword wildcard text match_only_text date date_nanos boolean ip version alias".split(" "),
  ...numbers,
]);
const containers = new Set(["object", "nested", "flattened"]);
/** What stands beside the fields. */
const mappingSettings = new Set(
  "_data_stream_timestamp _meta _routing _source dynamic dynamic_date_formats date_detection numeric_detection".split(
    " ",
  ),
);
/** Types whose values stay as they are in the documents; a mapping of a whole index has some. */
const untouched = new Set(
  [
    "aggregate_metric_double binary completion counted_keyword dense_vector geo_point geo_shape histogram join",
    "murmur3 percolator point rank_feature rank_features rank_vectors search_as_you_type semantic_text shape",
    "sparse_vector token_count passthrough pattern_text",
    "integer_range float_range long_range double_range date_range ip_range",
  ].flatMap((names) => names.split(" ")),
);

const property = z.looseObject({
  type: z.string().optional(),
  path: z.string().optional(),
  null_value: z.union([z.string(), z.number(), z.boolean()]).nullish(),
  properties: z.record(z.string(), z.unknown()).optional(),
  fields: z.record(z.string(), z.unknown()).optional(),
});

type Path = readonly (string | number)[];

/** A mapping that cannot be read; thrown and caught only in here. */
class Refusal extends Error {
  readonly path: Path;
  constructor(message: string, path: Path) {
    super(message);
    this.path = path;
  }
}

/**
 * Reads an Elasticsearch mapping: `properties`, alone, below `mappings`, or for each index as its API returns them;
 * then that of the index which a data file is named after, or the only one. A property may also be a text such as
 * `keyword null_value=NULL` or `alias->name`.
 */
export async function readMapping(file: string, dataFiles: readonly string[]): Promise<Result<Mapping, Problem>> {
  let text: string;
  try {
    // Editors on Windows begin a file with a byte order mark.
    text = (await readFile(file, "utf8")).replace(/^\ufeff/, "");
  } catch (error) {
    return fail({
      code: "input.unreadable",
      message: String(error instanceof Error ? error.message : error),
      at: { file },
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
    const at = {
      file,
      line: line === undefined ? undefined : Number(line),
      column: column === undefined ? undefined : Number(column),
    };
    return fail({ code: "input.not-json", message: `the mapping is not JSON: ${message}`, at });
  }
  try {
    const found = new Map<string, FieldMapping>();
    for (const { properties, path } of propertiesOf(value, dataFiles)) {
      collect(properties, "", path, found);
    }
    for (const [name, { path }] of found) {
      if (path !== undefined && found.get(path)?.path !== undefined) {
        throw new Refusal(`the alias ${name} leads to another alias`, []);
      }
    }
    return ok(found);
  } catch (error) {
    if (error instanceof Refusal) {
      return fail({ code: "input.invalid", message: error.message, at: { ...yamlPlaces(text).of(error.path), file } });
    }
    throw error;
  }
}

type Properties = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function propertiesOf(
  value: unknown,
  dataFiles: readonly string[],
): readonly { readonly properties: Properties; readonly path: Path }[] {
  const only = oneOf(value, []);
  if (only !== undefined) {
    return [only];
  }
  const names = isObject(value) ? Object.keys(value) : [];
  if (!isObject(value) || names.length === 0) {
    throw new Refusal('expected an object with "properties" or "mappings"', []);
  }
  const files = dataFiles.map((file) => basename(file));
  const wanted = names.length === 1 ? names : names.filter((name) => files.some((file) => file.startsWith(name)));
  if (wanted.length === 0) {
    throw new Refusal(`none of the indexes ${names.slice(0, 10).join(", ")} has the name of a data file`, []);
  }
  return wanted.map((name) => {
    const found = oneOf(value[name], [name]);
    if (found === undefined) {
      throw new Refusal(`${name}: expected an object with "properties" or "mappings"`, [name]);
    }
    return found;
  });
}

/** The properties of one index. */
function oneOf(value: unknown, path: Path): { readonly properties: Properties; readonly path: Path } | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const mappings = value["mappings"];
  if (isObject(mappings)) {
    const here = [...path, "mappings"];
    const hasNoFields = Object.keys(mappings).every((key) => mappingSettings.has(key));
    return hasNoFields ? { properties: {}, path: here } : oneOf(mappings, here);
  }
  if (isObject(value["properties"])) {
    return { properties: value["properties"], path: [...path, "properties"] };
  }
  const entries = Object.values(value);
  return entries.length > 0 && entries.every((entry) => typeof entry === "string")
    ? { properties: value, path }
    : undefined;
}

function collect(properties: Properties, prefix: string, path: Path, found: Map<string, FieldMapping>): void {
  for (const [key, value] of Object.entries(properties)) {
    const name = `${prefix}${key}`;
    const here = [...path, key];
    const given = typeof value === "string" ? fromText(value) : property.safeParse(value).data;
    if (given === undefined) {
      throw new Refusal(`${name}: expected an object with "type" or "properties"`, here);
    }
    if (given.properties !== undefined) {
      collect(given.properties, `${name}.`, [...here, "properties"], found);
    } else if (given.type === undefined) {
      throw new Refusal(`${name}: expected "type" or "properties"`, here);
    }
    if (given.type === "dynamic" || given.type === undefined || containers.has(given.type)) {
      continue;
    }
    if (!types.has(given.type) && !untouched.has(given.type)) {
      throw new Refusal(`${name}: the type "${given.type}" is not supported; supported are ${[...types].join(", ")}`, [
        ...here,
        ...(typeof value === "string" ? [] : ["type"]),
      ]);
    }
    if ((given.type === "alias") !== (given.path !== undefined)) {
      throw new Refusal(`${name}: an alias, and only that, has a "path"`, here);
    }
    found.set(name, { type: given.type, path: given.path, nullValue: given.null_value ?? undefined });
    for (const [variant, inner] of Object.entries(given.fields ?? {})) {
      collect({ [variant]: inner }, `${name}.`, [...here, "fields"], found);
      found.set(`${name}.${variant}`, { type: "alias", path: name });
    }
  }
}

function fromText(text: string): z.infer<typeof property> {
  const [, alias] = /^alias\s*->\s*(\S+)/.exec(text) ?? [];
  const [type = ""] = /^[a-z_]+/.exec(text) ?? [];
  const [, nullValue] = /null_value=(\S+)/.exec(text) ?? [];
  return alias === undefined ? { type, null_value: nullValue } : { type: "alias", path: alias };
}

/** The names of the fields that a mapping has with one of the types. */
export function fieldsOfType(mapping: Mapping, ...wanted: readonly string[]): ReadonlySet<string> {
  return new Set([...mapping].flatMap(([name, { type }]) => (wanted.includes(type) ? [name] : [])));
}

/** Gives the fields of a document the types of the mapping. */
export function applyMapping(fields: MutableFields, document: object, mapping: Mapping): void {
  for (const [name, { type, nullValue }] of mapping) {
    const value = fields[name];
    const nulls = nullValue === undefined ? 0 : nullsAt(document, name);
    if (value !== undefined) {
      fields[name] = typeof value === "object" ? value.map((one) => typed(one, type)) : typed(value, type);
    }
    if (nullValue !== undefined && nulls > 0) {
      const present = fields[name];
      const own: readonly Scalar[] = present === undefined ? [] : typeof present === "object" ? present : [present];
      const all: readonly Scalar[] = [...own, nullValue];
      fields[name] = (all.length === 1 ? nullValue : all) as FieldValue;
    }
  }
  for (const [name, { path }] of mapping) {
    const value = path === undefined ? undefined : fields[path];
    if (value !== undefined) {
      fields[name] = value;
    }
  }
}

function typed(value: Scalar, type: string): Scalar {
  if (numbers.includes(type) && typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) {
    return Number(value);
  }
  if (type === "boolean" && (value === "true" || value === "false")) {
    return value === "true";
  }
  return type === "keyword" || type === "version" || type === "ip" ? String(value) : value;
}

/** How many explicit nulls a document has at a dotted path, whole or in parts. */
function nullsAt(value: unknown, path: string): number {
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, item) => sum + nullsAt(item, path), 0);
  }
  if (path === "") {
    return value === null ? 1 : 0;
  }
  return isObject(value)
    ? Object.entries(value).reduce(
        (sum, [key, inner]) =>
          sum +
          (key === path
            ? nullsAt(inner, "")
            : path.startsWith(`${key}.`)
              ? nullsAt(inner, path.slice(key.length + 1))
              : 0),
        0,
      )
    : 0;
}
