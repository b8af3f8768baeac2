import { isObject, textValue } from "./json-object.ts";

/** An event's own values, from an object that holds nothing else. */
export function eventDataOf(value: unknown): { readonly data: Map<string, string>; readonly unnamed: string[] } {
  const data = new Map<string, string>();
  const unnamed: string[] = [];
  if (isObject(value)) {
    for (const name in value) {
      const text = textValue(value[name]);
      if (text !== undefined) {
        // Winlogbeat names values without a name param1, param2, and so on.
        if (/^param\d{1,4}$/.test(name)) {
          unnamed.push(text);
        } else {
          data.set(name, text);
        }
      }
    }
  }
  return { data, unnamed };
}
