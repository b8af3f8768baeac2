import { isMap, isNode, LineCounter, parseDocument, visit } from "yaml";
import { z } from "zod";
import { isEventSourceId } from "#contracts/event-source";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";

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
    groups: z.array(z.object({ label: z.string().min(1), where: z.record(z.string().min(1), test) }).strict()).min(1),
  })
  .strict();

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

const frontMatter = z
  .object({
    id: name,
    title: z.string().min(1),
    version: z.union([z.string(), z.number()]).transform(String),
    rules: z.array(z.string().min(1)).default([]),
    techniques: z.array(z.string().regex(/^T\d{4}(?:\.\d{3})?$/, "write T1047 or T1059.001")).default([]),
    tags: z.array(z.string().min(1)).default([]),
    events: z
      .object({ label: z.string().min(1), where: z.string().min(1) })
      .strict()
      .optional(),
    fallback: z.boolean().default(false),
    decision: z
      .object({ benign: z.enum(["anchors", "most"]).default("anchors"), "second-analyst": z.boolean().default(false) })
      .strict()
      .default({ benign: "anchors", "second-analyst": false }),
    source: z.string().min(1),
    queries: z.record(name, query).default({}),
    checks: z.record(name, check).default({}),
  })
  .strict();
export type FrontMatter = z.infer<typeof frontMatter>;

export interface ParsedFrontMatter {
  readonly data: FrontMatter;
  /** The 1-based line of a value in the whole file, by its path. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
}

/** Parses the YAML block of a playbook. `firstLine` is the number of its first line in the file. */
export function parseFrontMatter(
  text: string,
  file: string,
  firstLine: number,
): Result<ParsedFrontMatter, readonly Problem[]> {
  const lines = new LineCounter();
  const aliases: Problem[] = [];
  const document = parseDocument(text, { lineCounter: lines, strict: true, uniqueKeys: true });
  const lineAt = (offset: number): number => lines.linePos(offset).line + firstLine - 1;
  visit(document, {
    Alias: (_, alias) => {
      aliases.push({
        code: "playbook.front-matter",
        message: `YAML aliases such as *${alias.source} are not supported`,
        at: { file, line: lineAt(alias.range?.[0] ?? 0) },
        remedy: "Write the value out.",
      });
    },
  });
  if (document.errors.length > 0) {
    return fail(
      document.errors.map((error) => ({
        code: "playbook.front-matter",
        message: (error.message.split("\n")[0] ?? error.message).replace(/ at line \d+, column \d+:?$/, ""),
        at: { file, line: lineAt(error.pos[0]), column: lines.linePos(error.pos[0]).col },
        remedy: "The block between the two --- lines must be valid YAML.",
      })),
    );
  }
  if (aliases.length > 0) {
    return fail(aliases);
  }
  const lineOf = (path: readonly (string | number)[]): number => {
    for (let length = path.length; length > 0; length -= 1) {
      const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
      const key = path[length - 1];
      const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === String(key)) : undefined;
      const node = pair === undefined ? document.getIn(path.slice(0, length), true) : pair.key;
      if (isNode(node) && node.range) {
        return lineAt(node.range[0]);
      }
    }
    return firstLine;
  };
  const parsed = frontMatter.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (!parsed.success) {
    return fail(
      parsed.error.issues.flatMap((issue) => {
        const path = issue.path.filter((part) => typeof part !== "symbol");
        const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key]) : [path];
        return paths.map((at) => ({
          code: issue.code === "unrecognized_keys" ? "playbook.unknown-field" : "playbook.front-matter",
          message:
            issue.code === "unrecognized_keys"
              ? `unknown field "${at.at(-1)}" in ${path.length === 0 ? "the playbook" : `"${path.join(".")}"`}`
              : `${at.join(".") || "front matter"}: ${issue.message}`,
          at: { file, line: lineOf(at), field: at.join(".") },
        }));
      }),
    );
  }
  return ok({ data: parsed.data, lineOf });
}
