import { hash } from "node:crypto";

/** Neo4j cannot index texts of more than about 8,000 bytes, and log values have no upper bound. In UTF-16 units. */
const MAX_LENGTH = 600;
/** The length up to which the beginning of a longer text is preserved. */
export const PRESERVED_PREFIX = 200;

/** The value of a text in an indexed property: itself, or if it is very long, its beginning and a hash of all of it. */
export function indexed(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.length <= MAX_LENGTH
    ? wellFormed
    : `${wellFormed.slice(0, PRESERVED_PREFIX).toWellFormed()}…${hash("sha256", wellFormed, "base64url")}`;
}

export function indexedIfAny(text: string | undefined): string | undefined {
  return text === undefined ? undefined : indexed(text);
}
