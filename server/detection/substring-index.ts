import { shortestSubstring } from "./rule-keys.ts";

interface Entry<T> {
  readonly text: string;
  /** The index in the text at which its gram ends. */
  readonly end: number;
  readonly value: T;
}

/**
 * Finds which of many texts a value contains, in one pass over the value. Each text is filed under its rarest gram (a
 * run of `shortestSubstring` units) by hash; where the value has a gram with that hash, the text is compared. Texts
 * must have at least that length.
 */
export function createSubstringIndex<T>(
  texts: readonly (readonly [text: string, value: T])[],
): (value: string, onFound: (value: T) => void) => void {
  return texts.length < FEW ? oneByOne(texts) : byGram(texts);
}

/** Fewer texts are found faster one by one: `includes` runs in native code. */
const FEW = 16;

function oneByOne<T>(texts: readonly (readonly [text: string, value: T])[]) {
  return (value: string, onFound: (value: T) => void) => {
    for (const [text, found] of texts) {
      if (value.includes(text)) {
        onFound(found);
      }
    }
  };
}

function byGram<T>(texts: readonly (readonly [text: string, value: T])[]) {
  const mask = maskFor(texts.length);
  const frequency = new Uint32Array(mask + 1);
  const grams = texts.map(([text]) => gramsOf(text, mask));
  for (const gram of grams.flat()) {
    frequency[gram.hash] = (frequency[gram.hash] ?? 0) + 1;
  }
  // By hash the index of a bucket; 0 is the empty bucket.
  const bucketOf = mask < 0xffff ? new Uint16Array(mask + 1) : new Uint32Array(mask + 1);
  const buckets: Entry<T>[][] = [[]];
  for (const [index, [text, value]] of texts.entries()) {
    const [first, ...more] = grams[index] ?? [];
    if (first === undefined) {
      throw new RangeError(`a text of ${text.length} characters is too short for the index`);
    }
    const rarest = more.reduce(
      (best, gram) => ((frequency[gram.hash] ?? 0) < (frequency[best.hash] ?? 0) ? gram : best),
      first,
    );
    const bucket = bucketOf[rarest.hash] || buckets.push([]) - 1;
    bucketOf[rarest.hash] = bucket;
    buckets[bucket]?.push({ text, end: rarest.end, value });
  }
  return (value: string, onFound: (value: T) => void) => {
    let hash = 0;
    for (let at = 0; at < value.length; at++) {
      hash = next(hash, value.charCodeAt(at), mask);
      const bucket = bucketOf[hash];
      if (bucket !== undefined && bucket !== 0) {
        for (const entry of buckets[bucket] ?? []) {
          if (value.startsWith(entry.text, at - entry.end)) {
            onFound(entry.value);
          }
        }
      }
    }
  };
}

/** A rolling hash of at most 16 bits: each unit shifts it by 4, so only the last `shortestSubstring` units count. */
function next(hash: number, unit: number, mask: number): number {
  return ((hash << 4) ^ unit) & mask;
}

/** Few texts get a small table, which stays in the processor's cache. */
function maskFor(texts: number): number {
  return Math.min(0xffff, 2 ** Math.ceil(Math.log2(64 * (texts + 16))) - 1);
}

function gramsOf(text: string, mask: number): readonly { readonly hash: number; readonly end: number }[] {
  const grams = [];
  let hash = 0;
  for (let end = 0; end < text.length; end++) {
    hash = next(hash, text.charCodeAt(end), mask);
    if (end >= shortestSubstring - 1) {
      grams.push({ hash, end });
    }
  }
  return grams;
}
