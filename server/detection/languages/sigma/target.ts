import type { Scalar } from "#contracts/event";
import { compileTest } from "../../../condition/match-value.ts";
import {
  and,
  type Condition,
  call,
  compare,
  equals,
  exists,
  field,
  not,
  type Operand,
  or,
  type Test,
} from "../../../condition/tree.ts";
import { auditOutcome } from "../../../event/audit-outcome.ts";
import { assertNever } from "../../../lib/result.ts";

/** The event fields that hold the values of a Sigma field. */
export type Target =
  /**
   * One field; `originals` have the value of the record as it was written. The mapping drops what stands for "no
   * value", and with `always` every record of that provider has a value. See docs/decisions/0048.
   */
  | {
      readonly kind: "field";
      readonly name: string;
      readonly originals?: readonly string[];
      readonly always?: string;
    }
  /** The first of several fields that the event has. */
  | { readonly kind: "first"; readonly names: readonly string[] }
  /** Any of several operands. */
  | { readonly kind: "any"; readonly operands: readonly Operand[] }
  /** `DOMAIN\name`, composed of two fields; the first account with a name is used. */
  | { readonly kind: "account"; readonly accounts: readonly { readonly domain: string; readonly name: string }[] }
  /** Sysmon's `MD5=…,SHA256=…`, which the mapping splits into fields. */
  | { readonly kind: "hashes"; readonly prefix: string; readonly original: string }
  /** Integrity levels are names, and SIDs in Security logs. */
  | { readonly kind: "integrity"; readonly name: string; readonly original: string }
  /** The keywords of a Security record say whether the audited action succeeded; only that is kept. */
  | { readonly kind: "keywords"; readonly original: string }
  /** No event has the field. */
  | { readonly kind: "absent"; readonly reason: string };

type Evaluable = Exclude<Target, { readonly kind: "absent" }>;

/** Whether some value of the target passes the test. */
export function testTarget(target: Evaluable, test: Test): Condition {
  switch (target.kind) {
    case "field":
      return testField(target, test);
    case "first":
      return testFirst(target.names, test);
    case "any":
      return or(...target.operands.map((operand) => compare(operand, test)));
    case "account":
      return testAccount(target.accounts, test);
    case "hashes":
      return testHashes(target, test);
    case "integrity":
      return compare(target.name, test.kind === "equals" ? withLevelNames(test) : test);
    case "keywords":
      return testKeywords(target, test);
    default:
      return assertNever(target);
  }
}

/** Whether the event has the field. */
export function hasTarget(target: Evaluable): Condition {
  switch (target.kind) {
    case "field":
    case "integrity":
      return exists(target.name);
    case "first":
      return or(...target.names.map(exists));
    case "any":
      return or(...target.operands.map((operand) => compare(operand, { kind: "present" })));
    case "account":
      return or(...target.accounts.map(({ name }) => exists(name)));
    case "keywords":
      return or(exists("event.outcome"), exists(target.original));
    case "hashes":
      return or(...[...hashFields(target.prefix).values()].map((name) => exists(name)), exists(target.original));
    default:
      return assertNever(target);
  }
}

/** What Windows and Sysmon write where there is no value; a rule may ask for either. */
const UNKNOWN = ["-", ""] as const;
/** What some records have for a program that is not known. */
const UNKNOWN_PROGRAM = ["<unknown process>", "(null)", "?"] as const;

/**
 * A test that accepts what is written for "no value" also holds for a record that has it, although the field was
 * dropped. A test that accepts anything does not.
 */
function testField(target: Target & { readonly kind: "field" }, test: Test): Condition {
  const passes = compare(target.name, test);
  const { originals = [], always } = target;
  const matches = compileTest(test);
  if (originals.length === 0 || matches("any other value")) {
    return passes;
  }
  const acceptsUnknown = UNKNOWN.some(matches);
  const accepted = [...(acceptsUnknown ? UNKNOWN : []), ...UNKNOWN_PROGRAM.filter(matches)];
  if (accepted.length === 0) {
    return passes;
  }
  const written = originals.map((name) => equals(name, accepted));
  const dropped = and(not(or(...originals.map(exists))), equals("event.provider", always ?? ""));
  const isDropped = acceptsUnknown && always !== undefined ? [dropped] : [];
  return or(passes, and(not(exists(target.name)), or(...written, ...isDropped)));
}

function testFirst(names: readonly string[], test: Test): Condition {
  const [first, ...others] = names;
  if (first === undefined) {
    return or();
  }
  const here = compare(first, test);
  return others.length === 0 ? here : or(here, and(not(exists(first)), testFirst(others, test)));
}

/** The operands for a comparison with another field: some value of one of them. */
export function operandsOf(target: Evaluable): readonly Operand[] {
  switch (target.kind) {
    case "field":
    case "integrity":
      return [field(target.name)];
    case "first":
      return target.names.map((name) => field(name));
    case "any":
      return target.operands.filter(({ kind }) => kind === "field");
    case "account":
      return target.accounts.map(accountOf);
    case "hashes":
    case "keywords":
      return [field(target.original)];
    default:
      return assertNever(target);
  }
}

function accountOf({ domain, name }: { readonly domain: string; readonly name: string }): Operand {
  return call("concat", [field(domain), { kind: "literal", value: "\\" }, field(name)]);
}

function testAccount(accounts: readonly { readonly domain: string; readonly name: string }[], test: Test): Condition {
  const [first, ...others] = accounts;
  if (first === undefined) {
    return or();
  }
  const { domain, name } = first;
  const here = or(compare(accountOf(first), test), and(not(exists(domain)), compare(name, test)));
  return others.length === 0 ? here : or(here, and(not(exists(name)), testAccount(others, test)));
}

function testKeywords({ original }: Target & { readonly kind: "keywords" }, test: Test): Condition {
  const values = test.kind === "equals" ? test.values : [];
  const outcomes = values.flatMap((value) => auditOutcome(String(value)) ?? []);
  return or(compare(original, test), ...(outcomes.length === 0 ? [] : [equals("event.outcome", outcomes)]));
}

const algorithms: ReadonlyMap<string, readonly [field: string, digits: number]> = new Map([
  ["MD5", ["hash.md5", 32]],
  ["SHA1", ["hash.sha1", 40]],
  ["SHA256", ["hash.sha256", 64]],
  ["IMPHASH", ["pe.imphash", 32]],
]);

function hashFields(prefix: string): ReadonlyMap<string, string> {
  return new Map([...algorithms].map(([name, [field]]) => [name, `${prefix}.${field}`]));
}

/** Tests whole hashes in their own fields, which all sources have; anything else in the original text. */
function testHashes(target: Target & { readonly kind: "hashes" }, test: Test): Condition {
  const texts =
    test.kind === "wildcard"
      ? test.patterns.map(wholeHash)
      : test.kind === "equals"
        ? test.values.map((value) => wholeHash(String(value)))
        : [];
  if (texts.length === 0 || texts.some((text) => text === undefined)) {
    return compare(target.original, test);
  }
  const byField = new Map<string, Scalar[]>();
  for (const hash of texts) {
    if (hash !== undefined) {
      const name = `${target.prefix}.${hash.field}`;
      byField.set(name, [...(byField.get(name) ?? []), hash.value]);
    }
  }
  return or(...[...byField].map(([name, values]) => equals(name, values)));
}

function wholeHash(pattern: string): { readonly field: string; readonly value: string } | undefined {
  const [, algorithm = "", value = ""] = /^\*?(MD5|SHA1|SHA256|IMPHASH)=([0-9a-f]+),?\*?$/i.exec(pattern) ?? [];
  const [field, digits] = algorithms.get(algorithm.toUpperCase()) ?? [];
  // All zeros is a hash that was not computed, which the mapping drops.
  return field === undefined || value.length !== digits || /^0+$/.test(value)
    ? undefined
    : { field, value: value.toLowerCase() };
}

const integrityLevels: ReadonlyMap<string, string> = new Map([
  ["S-1-16-0", "untrusted"],
  ["S-1-16-4096", "low"],
  ["S-1-16-8192", "medium"],
  ["S-1-16-8448", "medium_plus"],
  ["S-1-16-12288", "high"],
  ["S-1-16-16384", "system"],
  ["S-1-16-20480", "protected"],
]);

function withLevelNames(test: Test & { readonly kind: "equals" }): Test {
  return {
    ...test,
    values: [...new Set(test.values.map((value) => integrityLevels.get(String(value).toUpperCase()) ?? value))],
  };
}
