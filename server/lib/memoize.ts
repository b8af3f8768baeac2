import type { Scalar } from "#contracts/event";

/** Values that are remembered, at most, and how long such a value may be, in UTF-16 units. */
const rememberedValues = 128;
const rememberedLength = 256;

/**
 * A function of single values that remembers what the last ones came to: a program, a host, a path come again and again.
 * To compare with the very last one costs less than to look a new text up, which takes its hash.
 */
export function memoize<T>(work: (value: Scalar) => T): (value: Scalar) => T {
  const remembered = new Map<Scalar, { readonly result: T }>();
  let last: Scalar | undefined;
  let ofLast: { readonly result: T } | undefined;
  return (value) => {
    if (value === last && ofLast !== undefined) {
      return ofLast.result;
    }
    if (typeof value === "string" && value.length > rememberedLength) {
      return work(value);
    }
    let known = remembered.get(value);
    if (known === undefined) {
      known = { result: work(value) };
      if (remembered.size >= rememberedValues) {
        remembered.clear();
      }
      remembered.set(value, known);
    }
    last = value;
    ofLast = known;
    return known.result;
  };
}
