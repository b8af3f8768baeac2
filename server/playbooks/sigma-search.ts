import { stringify } from "yaml";
import type { Fields, Scalar } from "#contracts/event";
import { always, type Condition } from "../condition/tree.ts";
import { type LogSource, resolveLogSource, type Source } from "../detection/languages/sigma/log-source.ts";
import { printPattern } from "../detection/languages/sigma/pattern.ts";
import { compileSigma, type SigmaDetection } from "../detection/languages/sigma/sigma.ts";
import { SigmaError, type SigmaProblem } from "../detection/languages/sigma/sigma-error.ts";
import type { Target } from "../detection/languages/sigma/target.ts";
import { valuesOf } from "../event/event.ts";
import type { Result } from "../lib/result.ts";
import type { SigmaSearch } from "./playbook.ts";

/** Names of Security Onion for fields of events and alerts, besides those of Sigma. */
const eventNames: ReadonlyMap<string, readonly string[]> = new Map([
  ["hostname", ["host.name"]],
  ["src_ip", ["source.ip"]],
  ["src_port", ["source.port"]],
  ["dst_ip", ["destination.ip"]],
  ["dst_port", ["destination.port"]],
  ["related_ip", ["source.ip", "destination.ip", "host.ip"]],
  ["related.ip", ["source.ip", "destination.ip", "host.ip"]],
  ["dns.query.name", ["dns.question.name"]],
]);
const alertNames: ReadonlyMap<string, readonly string[]> = new Map([
  ["document_id", ["kibana.alert.uuid"]],
  ["rule.name", ["kibana.alert.rule.name"]],
  ["rule.uuid", ["kibana.alert.rule.rule_id"]],
]);

/** Whether a search is about alerts and not about events. */
export function isAboutAlerts({ category, product }: LogSource): boolean {
  return category?.toLowerCase() === "alert" || product?.toLowerCase() === "alert";
}

/** The fields of a name of Security Onion; undefined for a name of Sigma. A name with a dot is one of ECS. */
export function fieldsNamed(name: string): readonly string[] | undefined {
  return eventNames.get(name) ?? alertNames.get(name) ?? (/^[a-z_]+\.[a-z_.]+$/i.test(name) ? [name] : undefined);
}

/**
 * The events of a log source as Security Onion names them: categories without a product are those of any system, else
 * of Windows; alerts have the fields of the event that raised them.
 */
function resolveSearchSource(given: LogSource): Source {
  const source = isAboutAlerts(given)
    ? { ...resolveLogSource({ category: "process_creation" }), condition: always }
    : resolveAny(given);
  const names = (field: string): Target => {
    const known = fieldsNamed(field);
    const [only = ""] = known ?? [];
    return known === undefined
      ? source.names(field)
      : known.length === 1
        ? { kind: "field", name: only }
        : { kind: "any", operands: known.map((name) => ({ kind: "field", name, optional: false })) };
  };
  return { condition: source.condition, names };
}

function resolveAny(given: LogSource): Source {
  try {
    return resolveLogSource(given);
  } catch (error) {
    if (error instanceof SigmaError && given.product === undefined) {
      return resolveLogSource({ ...given, product: "windows" });
    }
    throw error;
  }
}

/** Compiles a search without placeholders with the Sigma engine. */
export function compileSearch(detection: SigmaDetection): Result<Condition, SigmaProblem> {
  return compileSigma(detection, resolveSearchSource);
}

export type FilledSearch =
  | { readonly kind: "filled"; readonly text: string; readonly condition: Condition; readonly notes: readonly string[] }
  | { readonly kind: "unusable"; readonly missing: readonly string[]; readonly notes: readonly string[] };

const placeholder = /%([A-Za-z_][\w.]{0,60})%/g;

/** The names of the placeholders in a value. */
export function placeholdersIn(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map((match) => match[1] ?? "");
}

/**
 * A search with the values of an alert in place of its placeholders. Values are escaped, so that a `*` in a command
 * line means itself. The host of the alert is looked for under all of its names.
 */
export function fillSigma(search: SigmaSearch, fields: Fields, hostNames: readonly string[]): FilledSearch {
  const valuesFor = (name: string): readonly Scalar[] => {
    const found = (search.placeholders[name] ?? []).flatMap((field) => valuesOf(fields, field));
    const also = found.length === 0 ? [] : name === "hostname" ? hostNames : name === "User" ? accountsOf(fields) : [];
    return [...new Set([...found, ...also])];
  };
  const names = Object.keys(search.placeholders);
  const missing = names.flatMap((name) => (valuesFor(name).length > 0 ? [] : (search.placeholders[name] ?? [])));
  if (missing.length > 0) {
    return { kind: "unusable", missing: [...new Set(missing)], notes: [] };
  }
  const detection = { ...search, selections: expanded(search.selections, valuesFor) };
  const compiled = compileSearch(detection);
  return compiled.ok
    ? { kind: "filled", text: textOf(detection), condition: compiled.value, notes: [] }
    : { kind: "unusable", missing: [], notes: [compiled.error.message] };
}

/** The selections with the values of their placeholders, and without the modifier `expand`. */
export function expanded(
  selections: SigmaDetection["selections"],
  valuesFor: (name: string) => readonly Scalar[],
): SigmaDetection["selections"] {
  return Object.fromEntries(Object.entries(selections).map(([name, value]) => [name, expandedValue(value, valuesFor)]));
}

function expandedValue(value: unknown, valuesFor: (name: string) => readonly Scalar[]): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => expandedValue(item, valuesFor));
  }
  return typeof value !== "object" || value === null
    ? value
    : Object.fromEntries(
        Object.entries(value).map(([key, given]) => {
          const [field = "", ...modifiers] = key.split("|");
          return modifiers.includes("expand")
            ? [
                [field, ...modifiers.filter((one) => one !== "expand")].join("|"),
                [given].flat().flatMap((one) => expandedText(one, modifiers, valuesFor)),
              ]
            : [key, given];
        }),
      );
}

/** Regular expressions take no values: an escaped value is a pattern of Sigma. */
const literalModifiers: ReadonlySet<string> = new Set(["expand", "contains", "startswith", "endswith", "all", "cased"]);

function expandedText(
  given: unknown,
  modifiers: readonly string[],
  valuesFor: (name: string) => readonly Scalar[],
): readonly unknown[] {
  const [name, ...others] = typeof given === "string" ? placeholdersIn(given) : [];
  if (typeof given !== "string" || name === undefined || others.length > 0) {
    return [given];
  }
  const isPattern = modifiers.every((one) => literalModifiers.has(one));
  return valuesFor(name).map((value) =>
    typeof value !== "string" && given === `%${name}%`
      ? value
      : given.replace(`%${name}%`, () => (isPattern ? printPattern([String(value)]) : String(value))),
  );
}

/** Sigma's `User` is an account with its domain, which records name in full or by its first label. */
function accountsOf(fields: Fields): readonly string[] {
  const domains = valuesOf(fields, "user.domain").map(String);
  const spelt = new Set(domains.flatMap((domain) => [domain, domain.split(".")[0] ?? domain]));
  return valuesOf(fields, "user.name").flatMap((name) => [...spelt].map((domain) => `${domain}\\${name}`));
}

/** The search as an analyst would write it. */
function textOf({ logSource, selections, conditions }: SigmaDetection): string {
  const [only, second] = conditions;
  const condition = second === undefined ? only : conditions;
  return stringify({ logsource: logSource, detection: { ...selections, condition } }, { lineWidth: 0 }).trimEnd();
}
