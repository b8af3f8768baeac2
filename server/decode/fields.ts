import { encodedFields } from "#contracts/decoding";
import type { Fields } from "#contracts/event";
import { decode } from "./decode.ts";

/** The texts decoded from an event, remembered as long as it is in memory: a condition may name the field often. */
const known = new WeakMap<Fields, readonly string[]>();

/** The decoded texts of an event, each once. */
export function decodedTexts(fields: Fields): readonly string[] {
  return known.getOrInsertComputed(fields, () => {
    const texts = new Set<string>();
    for (const name of encodedFields) {
      const value = fields[name];
      for (const one of typeof value === "object" ? value : [value]) {
        if (typeof one === "string") {
          decode(one).decodings.forEach(({ text }) => void texts.add(text));
        }
      }
    }
    return [...texts];
  });
}
