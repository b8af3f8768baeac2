import type { Fields, Scalar } from "#contracts/event";
import { computedFields } from "../../condition/computed-fields.ts";
import { foldCase } from "../../condition/fold-case.ts";
import { type PushdownPredicate, pushdownPredicate } from "../../condition/pushdown.ts";
import type { Condition } from "../../condition/tree.ts";
import { assertNever } from "../../lib/result.ts";
import { shortHash } from "../short-hash.ts";

// A Bloom filter over the values of all fields in a segment: whether any of its events can have a value. A search for a
// hash, a path or an address then unpacks only the segments that have it. See docs/decisions/0080.

/** With these about one in a hundred filters says yes to a value that the segment does not have. */
const BITS_PER_VALUE = 10;
const PROBES = 6;
/** Longer texts are not in a filter: nobody searches for a whole one, and hashing them costs time. UTF-16 units. */
const LONGEST = 1_000;

/** The filter of a segment with these events. */
export function valueFilter(events: Iterable<Fields>): Uint8Array {
  const hashes = new Set<number>();
  for (const [name, values] of distinctValues(events)) {
    for (const value of values) {
      if (typeof value !== "string" || value.length <= LONGEST) {
        hashes.add(hashOf(name, foldCase(String(value))));
      }
    }
  }
  const filter = new Uint8Array(Math.max(8, Math.ceil((hashes.size * BITS_PER_VALUE) / 8)));
  for (const hash of hashes) {
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = bitOf(hash, probe, filter.length);
      filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return filter;
}

/** Neighbouring events share most of their values: each is folded and hashed once. */
function distinctValues(events: Iterable<Fields>): ReadonlyMap<string, ReadonlySet<Scalar>> {
  const values = new Map<string, Set<Scalar>>();
  for (const fields of events) {
    for (const name of Object.keys(fields)) {
      const known = values.getOrInsertComputed(name, () => new Set());
      const value = fields[name];
      if (typeof value !== "object") {
        known.add(value ?? "");
      } else {
        for (const single of value) {
          known.add(single);
        }
      }
    }
  }
  return values;
}

/**
 * Whether a segment with a filter can have an event that matches the condition; undefined if filters cannot tell, as
 * the condition asks for no value in particular.
 */
export function segmentTest(condition: Condition): ((filter: Uint8Array) => boolean) | undefined {
  return testOf(pushdownPredicate(condition, storedFields));
}

/** Any field that is stored: others are computed when a condition is evaluated. */
const storedFields = { has: (name: string) => !computedFields.has(name) };

function testOf(predicate: PushdownPredicate): ((filter: Uint8Array) => boolean) | undefined {
  switch (predicate.kind) {
    case "all":
    case "prefix":
      return undefined;
    case "none":
      return () => false;
    case "in": {
      const { column, values } = predicate;
      if (values.some((value) => value.length > LONGEST)) {
        return undefined;
      }
      const hashes = values.map((value) => hashOf(column, value));
      return (filter) => hashes.some((hash) => mayHave(filter, hash));
    }
    case "and": {
      const tests = predicate.terms.flatMap((term) => testOf(term) ?? []);
      return tests.length === 0 ? undefined : (filter) => tests.every((test) => test(filter));
    }
    case "or": {
      const tests = predicate.terms.map(testOf);
      const known = tests.filter((test) => test !== undefined);
      return known.length < tests.length ? undefined : (filter) => known.some((test) => test(filter));
    }
    default:
      return assertNever(predicate);
  }
}

function mayHave(filter: Uint8Array, hash: number): boolean {
  for (let probe = 0; probe < PROBES; probe += 1) {
    const bit = bitOf(hash, probe, filter.length);
    if (((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) {
      return false;
    }
  }
  return true;
}

function hashOf(name: string, folded: string): number {
  return shortHash(name, "\0", folded);
}

/** The bit of a probe: a second hash steps through the filter. */
function bitOf(hash: number, probe: number, bytes: number): number {
  const start = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  const step = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) | 1;
  return ((start + Math.imul(probe, step)) >>> 0) % (bytes * 8);
}
