import { shortestPart } from "./rule-keys.ts";

interface Part<T> {
  readonly text: string;
  /** Where its gram ends, from its start. */
  readonly end: number;
  readonly value: T;
}

/**
 * Finds which of many texts stand somewhere in a value, in one pass over it. Each text waits under its rarest gram (a run of
 * `shortestPart` units); where the value has one with the same hash, the text is compared. Texts must have at least that
 * length.
 */
export function createPartIndex<T>(
  parts: readonly (readonly [text: string, value: T])[],
): (value: string, found: (value: T) => void) => void {
  return parts.length < MANY ? oneByOne(parts) : byGram(parts);
}

/** Fewer parts are found faster one by one, each in machine code. */
const MANY = 16;

function oneByOne<T>(parts: readonly (readonly [text: string, value: T])[]) {
  return (value: string, found: (value: T) => void) => {
    for (const [text, leadsTo] of parts) {
      if (value.includes(text)) {
        found(leadsTo);
      }
    }
  };
}

function byGram<T>(parts: readonly (readonly [text: string, value: T])[]) {
  const mask = maskFor(parts.length);
  const frequency = new Uint32Array(mask + 1);
  const grams = parts.map(([text]) => gramsOf(text, mask));
  for (const gram of grams.flat()) {
    frequency[gram.hash] = (frequency[gram.hash] ?? 0) + 1;
  }
  // 0 is for hashes that no text waits under.
  const places = mask < 0xffff ? new Uint16Array(mask + 1) : new Uint32Array(mask + 1);
  const buckets: Part<T>[][] = [[]];
  for (const [index, [text, value]] of parts.entries()) {
    const [first, ...more] = grams[index] ?? [];
    if (first === undefined) {
      throw new RangeError(`a part of ${text.length} characters is too short to be looked for`);
    }
    const rarest = more.reduce(
      (best, gram) => ((frequency[gram.hash] ?? 0) < (frequency[best.hash] ?? 0) ? gram : best),
      first,
    );
    const place = places[rarest.hash] || buckets.push([]) - 1;
    places[rarest.hash] = place;
    buckets[place]?.push({ text, end: rarest.end, value });
  }
  return (value: string, found: (value: T) => void) => {
    let hash = 0;
    for (let at = 0; at < value.length; at++) {
      hash = next(hash, value.charCodeAt(at), mask);
      const place = places[hash];
      if (place !== undefined && place !== 0) {
        for (const part of buckets[place] ?? []) {
          if (value.startsWith(part.text, at - part.end)) {
            found(part.value);
          }
        }
      }
    }
  };
}

/** After `shortestPart` units nothing is left in the hash of what stood before: 4 bits each of at most 16. */
function next(hash: number, unit: number, mask: number): number {
  return ((hash << 4) ^ unit) & mask;
}

/** Few texts, few places: the table stays in the processor's cache. At most as many as the hash has bits for. */
function maskFor(texts: number): number {
  return Math.min(0xffff, 2 ** Math.ceil(Math.log2(64 * (texts + 16))) - 1);
}

function gramsOf(text: string, mask: number): readonly { readonly hash: number; readonly end: number }[] {
  const grams = [];
  let hash = 0;
  for (let end = 0; end < text.length; end++) {
    hash = next(hash, text.charCodeAt(end), mask);
    if (end >= shortestPart - 1) {
      grams.push({ hash, end });
    }
  }
  return grams;
}
