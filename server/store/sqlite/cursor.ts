/** Where a page ended, opaque for callers. A cursor that is none of ours starts from the beginning. */
type Part = string | number;

export function encodeCursor(parts: readonly Part[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

type Parts<K extends readonly ("string" | "number")[]> = {
  [I in keyof K]: K[I] extends "number" ? number : string;
};

/** The parts of a cursor if it has exactly these kinds; else undefined. */
export function decodeCursor<const K extends readonly ("string" | "number")[]>(
  cursor: string | undefined,
  kinds: K,
): Parts<K> | undefined {
  if (cursor === undefined) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    const fits =
      Array.isArray(value) &&
      value.length === kinds.length &&
      value.every((part, index) => typeof part === kinds[index]);
    return fits ? (value as Parts<K>) : undefined;
  } catch {
    return undefined;
  }
}
