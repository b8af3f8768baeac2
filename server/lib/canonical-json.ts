/** JSON with sorted keys and without absent values, so that equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    let text = "";
    for (const key of Object.keys(value).sort()) {
      const item: unknown = Reflect.get(value, key);
      if (item !== undefined) {
        text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(item)}`;
      }
    }
    return `{${text}}`;
  }
  return JSON.stringify(value) ?? "null";
}
