import type { Problem } from "#contracts/problem";

/** References and derived values that do not agree, as problems with a way out. */

const wayOut = "Restore a backup with stemma restore, or ingest the captures again into a new store.";

/** Values that refer to something that does not exist. `example` names one of them. */
export function danglingReference(what: string, count: number, example: string): Problem {
  return {
    code: "store.dangling-reference",
    message: `${what}: ${count} ${count === 1 ? "refers" : "refer"} to something that is not stored, such as ${JSON.stringify(example)}`,
    remedy: wayOut,
  };
}

/** Derived values that differ from what they are derived from. */
export function derivedDiffers(what: string, count: number, example: string | undefined): Problem {
  return {
    code: "store.derived-differs",
    message: `${what}: ${count} ${count === 1 ? "differs" : "differ"}${example === undefined ? "" : `, such as ${JSON.stringify(example)}`}`,
    remedy: wayOut,
  };
}
