import { hash } from "node:crypto";

/** Neo4j refuses to index texts of more than some 8,000 bytes, and log values have no upper bound. */
const LONGEST = 600;
/** A longer text may stand without more of its beginning than this. */
export const LONGEST_BEGINNING = 200;

/** A text as it stands in an indexed property: itself, or where it is absurdly long its beginning and a hash of all of it. */
export function indexed(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.length <= LONGEST
    ? wellFormed
    : `${wellFormed.slice(0, LONGEST_BEGINNING).toWellFormed()}…${hash("sha256", wellFormed, "base64url")}`;
}

export function indexedIfAny(text: string | undefined): string | undefined {
  return text === undefined ? undefined : indexed(text);
}
