import { type Document, isMap, isNode, LineCounter, type Pair, parseDocument, Scalar, visit, type YAMLMap } from "yaml";
import { z } from "zod";
import { isEventSourceId } from "#contracts/event-source";
import type { Problem } from "#contracts/problem";

const name = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "use lower-case letters, digits and hyphens");
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const bound = z.union([z.string(), z.number()]);

/** The test of a field: a value, any value of a list, or one of the longer forms. */
const test = z.union([
  scalar,
  z.array(scalar).min(1),
  z.object({ is: z.union([scalar, z.array(scalar).min(1)]), case: z.literal("insensitive").optional() }).strict(),
  z.object({ not: z.union([scalar, z.array(scalar).min(1)]), case: z.literal("insensitive").optional() }).strict(),
  z.object({ exists: z.boolean() }).strict(),
  z
    .object({ gt: bound.optional(), gte: bound.optional(), lt: bound.optional(), lte: bound.optional() })
    .strict()
    .refine((range) => Object.values(range).some((value) => value !== undefined), "name at least one bound"),
]);
export type ProviderTest = z.infer<typeof test>;

/** An event code of a source. */
const evidenceSource = z.string().transform((text, context) => {
  const [source = "", code = "", ...more] = text.split(" ");
  if (isEventSourceId(source) && /^\d+$/.test(code) && more.length === 0) {
    return { source, code };
  }
  context.addIssue({ code: "custom", message: 'write "sysmon 1" or "security 4688"' });
  return z.NEVER;
});

const query = z
  .object({
    label: z.string().min(1),
    target: z.enum(["events", "alerts", "logons"]),
    from: z.string().optional(),
    to: z.string().optional(),
    columns: z.array(z.string().min(1)).default([]),
    "shown-by": z.array(evidenceSource).default([]),
    lineage: z.literal("children").optional(),
    nothing: z.string().min(1),
    groups: z.array(z.unknown()).min(1),
  })
  .strict();

const group = z.object({ label: z.string().min(1), where: z.record(z.string().min(1), test) }).strict();

const check = z
  .object({
    step: z.string(),
    on: z.string().default("alert"),
    group: z.number().int().min(1).optional(),
    where: z.string().optional(),
    rows: z
      .string()
      .regex(/^(<|<=|>|>=|=) ?\d+$/, 'write ">= 1" or "= 0"')
      .default(">= 1"),
    suggests: z.enum(["raises", "lowers", "unresolved", "not-applicable"]),
    because: z.string().min(1),
  })
  .strict();

const strings = z.array(z.string().min(1));

/** The keys of the front matter with their forms; queries and checks are read one by one. */
const keys = {
  id: name,
  title: z.string().min(1),
  version: z.union([z.string(), z.number()]).transform(String),
  rules: strings,
  techniques: z.array(z.string().regex(/^T\d{4}(?:\.\d{3})?$/, "write T1047 or T1059.001")),
  tags: strings,
  events: z.object({ label: z.string().min(1), where: z.string().min(1) }).strict(),
  fallback: z.boolean(),
  decision: z
    .object({ benign: z.enum(["anchors", "most"]).default("anchors"), "second-analyst": z.boolean().default(false) })
    .strict(),
  source: z.string().min(1),
} as const;

type Group = z.infer<typeof group>;
export type QueryEntry = Omit<z.infer<typeof query>, "groups"> & { readonly groups: readonly Group[] };
export type CheckEntry = z.infer<typeof check>;

export interface FrontMatter {
  readonly id?: string;
  readonly title?: string;
  readonly version?: string;
  readonly rules: readonly string[];
  readonly techniques: readonly string[];
  readonly tags: readonly string[];
  readonly events?: z.infer<typeof keys.events>;
  readonly fallback: boolean;
  readonly decision?: z.infer<typeof keys.decision>;
  readonly source?: string;
  readonly queries: Readonly<Record<string, QueryEntry>>;
  readonly checks: Readonly<Record<string, CheckEntry>>;
  /** Queries that could not be read, so that references to them are no further mistake. */
  readonly unreadable: ReadonlySet<string>;
}

type Path = readonly (string | number)[];

export interface ParsedFrontMatter {
  readonly data: FrontMatter;
  /** The 1-based place of a value in the whole file, by its path. */
  readonly placeOf: (path: Path) => { readonly line: number; readonly column?: number };
  /** Everything that is left out, with its place. */
  readonly warnings: readonly Problem[];
}

/**
 * Parses the YAML block of a playbook; `firstLine` is the number of its first line in the file. A value, a query, a
 * group or a check that cannot be read is left out with a warning, and the rest counts.
 */
export function parseFrontMatter(text: string, file: string, firstLine: number): ParsedFrontMatter {
  const lines = new LineCounter();
  const warnings: Problem[] = [];
  const document = parsed(text, lines);
  const placeAt = (offset: number): { readonly line: number; readonly column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: line + firstLine - 1, column: col };
  };
  const warnAt = (offset: number, message: string, remedy: string): void => {
    warnings.push({ code: "playbook.front-matter", message, at: { file, ...placeAt(offset) }, remedy });
  };
  if (document === undefined) {
    warnAt(0, "the block nests too deep to be read", "Write fewer levels.");
  }
  for (const error of document?.errors ?? []) {
    const message = (error.message.split("\n")[0] ?? error.message).replace(/ at line \d+, column \d+:?$/, "");
    warnAt(error.pos[0], message, "The block between the two --- lines must be valid YAML.");
  }
  const pairs = document === undefined ? new Map() : readTree(document, warnAt);
  const placeOf = (path: Path): { readonly line: number; readonly column?: number } => {
    for (let length = path.length; length > 0; length -= 1) {
      const parent = length === 1 ? document?.contents : document?.getIn(path.slice(0, length - 1), true);
      const pair = isMap(parent) ? pairs.get(parent)?.get(String(path[length - 1])) : undefined;
      const node = pair === undefined ? document?.getIn(path.slice(0, length), true) : pair.key;
      if (isNode(node) && node.range) {
        return placeAt(node.range[0]);
      }
    }
    return { line: firstLine };
  };
  const root = plainValueOf(document);
  const warn = (code: Problem["code"], message: string, path: Path): void => {
    warnings.push({ code, message, at: { file, ...placeOf(path), field: path.join(".") } });
  };
  return { data: readKeys(root, warn), placeOf, warnings };
}

type Warn = (code: Problem["code"], message: string, path: Path) => void;

function parsed(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    // The library compares each key with all before it; `readTree` looks for duplicates in linear time.
    return parseDocument(text, { lineCounter, strict: true, uniqueKeys: false, logLevel: "silent" });
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/** The pairs of each map by their keys. Aliases are taken out, as they could stand for more than memory holds. */
function readTree(
  document: Document.Parsed,
  warnAt: (offset: number, message: string, remedy: string) => void,
): Map<YAMLMap, Map<string, Pair>> {
  const pairs = new Map<YAMLMap, Map<string, Pair>>();
  visit(document, {
    Alias: (_, alias) => {
      const message = `YAML aliases such as *${alias.source} are not supported`;
      warnAt(alias.range?.[0] ?? 0, message, "Write the value out.");
      return new Scalar(null);
    },
    Map: (_, map) => {
      const byKey = new Map<string, Pair>();
      for (const pair of map.items) {
        const key = String(pair.key);
        if (byKey.has(key)) {
          const offset = isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
          warnAt(offset, `"${key}" occurs twice; the last one counts`, "Remove one of the two.");
        }
        byKey.set(key, pair);
      }
      pairs.set(map, byKey);
    },
  });
  return pairs;
}

function plainValueOf(document: Document.Parsed | undefined): Readonly<Record<string, unknown>> {
  try {
    return recordOf(document?.toJS({ maxAliasCount: 0 }));
  } catch {
    // After a syntax error what is left may not be a value.
    return {};
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function readKeys(root: Readonly<Record<string, unknown>>, warn: Warn): FrontMatter {
  for (const key of Object.keys(root).filter((one) => !(one in keys) && one !== "queries" && one !== "checks")) {
    warn("playbook.unknown-field", `unknown field "${key}" in the playbook`, [key]);
  }
  const one = <T>(key: string, schema: z.ZodType<T>): T | undefined =>
    root[key] === undefined ? undefined : readValue(schema, root[key], [key], warn);
  const list = (key: string, schema: z.ZodType<string[]>): readonly string[] => {
    const whole = schema.safeParse(root[key] ?? []);
    const items = Array.isArray(root[key]) ? root[key] : [root[key]];
    return whole.success
      ? whole.data
      : items.flatMap((item, index) => readValue(schema, [item], [key, index], warn) ?? []);
  };
  const unreadable = new Set<string>();
  const queries: Record<string, QueryEntry> = {};
  for (const [id, value] of Object.entries(recordOf(root["queries"]))) {
    const read = readQuery(id, value, warn);
    if (read === undefined) {
      unreadable.add(id);
    } else {
      queries[id] = read;
    }
  }
  const checks: Record<string, CheckEntry> = {};
  for (const [id, value] of Object.entries(recordOf(root["checks"]))) {
    const read = readValue(check, value, ["checks", id], warn);
    if (read !== undefined && readValue(name, id, ["checks", id], warn) !== undefined) {
      checks[id] = read;
    }
  }
  // A decision that cannot be read is the strict one.
  const strict = { benign: "anchors", "second-analyst": true } as const;
  return {
    id: one("id", keys.id),
    title: one("title", keys.title),
    version: one("version", keys.version),
    rules: list("rules", keys.rules),
    techniques: list("techniques", keys.techniques),
    tags: list("tags", keys.tags),
    events: one("events", keys.events),
    fallback: one("fallback", keys.fallback) ?? false,
    decision: root["decision"] === undefined ? undefined : (one("decision", keys.decision) ?? strict),
    source: one("source", keys.source),
    queries,
    checks,
    unreadable,
  };
}

function readQuery(id: string, value: unknown, warn: Warn): QueryEntry | undefined {
  const path = ["queries", id];
  const read = readValue(query, value, path, warn);
  if (read === undefined || readValue(name, id, path, warn) === undefined) {
    return undefined;
  }
  const groups = read.groups.flatMap((entry, index) => readValue(group, entry, [...path, "groups", index], warn) ?? []);
  return groups.length === 0 ? undefined : { ...read, groups };
}

function readValue<T>(schema: z.ZodType<T>, value: unknown, at: Path, warn: Warn): T | undefined {
  const checked = schema.safeParse(value);
  for (const issue of checked.error?.issues ?? []) {
    const path = [...at, ...issue.path.filter((part) => typeof part !== "symbol")];
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        warn("playbook.unknown-field", `unknown field "${key}" in "${path.join(".")}", which is left out`, [
          ...path,
          key,
        ]);
      }
    } else {
      warn("playbook.front-matter", `${path.join(".")}: ${issue.message}; it is left out`, path);
    }
  }
  return checked.success ? checked.data : undefined;
}
