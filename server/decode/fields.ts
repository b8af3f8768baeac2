import { encodedFields } from "#contracts/decoding";
import type { Fields } from "#contracts/event";
import { decode } from "./decode.ts";

/** The texts decoded from an event, remembered as long as it is in memory: a condition may name the field often. */
const byEvent = new WeakMap<Fields, readonly string[]>();
/** The texts decoded from long values, which repeat: a stager runs again and again. Short ones are decoded as fast. */
const byValue = new Map<string, readonly string[]>();
const SHORTEST_VALUE = 256;
const LONGEST_VALUE = 16_384;
const MOST_VALUES = 64;

/** The decoded texts of an event, each once. */
export function decodedTexts(fields: Fields): readonly string[] {
  return byEvent.getOrInsertComputed(fields, () => {
    const texts = new Set<string>();
    for (const name of encodedFields) {
      const value = fields[name];
      for (const one of typeof value === "object" ? value : [value]) {
        if (typeof one === "string") {
          textsIn(one).forEach((text) => void texts.add(text));
        }
      }
    }
    return [...texts];
  });
}

function textsIn(value: string): readonly string[] {
  const isRemembered = value.length >= SHORTEST_VALUE && value.length <= LONGEST_VALUE;
  const known = isRemembered ? byValue.get(value) : undefined;
  if (known !== undefined) {
    return known;
  }
  const texts = decode(value).decodings.map(({ text }) => text);
  if (isRemembered) {
    if (byValue.size >= MOST_VALUES) {
      byValue.clear();
    }
    byValue.set(value, texts);
  }
  return texts;
}
