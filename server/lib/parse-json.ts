/** The value of a JSON text; undefined if it is none. For text that is checked by a schema next, which refuses that. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
