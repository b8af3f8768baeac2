import type { Fields } from "#contracts/event";
import { decode } from "./decode.ts";

/** A field that no event has: what is encoded in its command lines and scripts, each decoded text a value. */
export const decodedField = "stemma.decoded";

/** The fields in which something may be encoded. */
export const encodedFields = [
  "process.command_line",
  "process.parent.command_line",
  "powershell.file.script_block_text",
  "registry.data.strings",
  "winlog.event_data.ImagePath",
  "winlog.event_data.Payload",
  "winlog.event_data.ServiceFileName",
  "winlog.event_data.TaskContent",
] as const;

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
