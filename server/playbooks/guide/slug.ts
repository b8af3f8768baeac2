import { hash } from "node:crypto";

/** The first words of a text as a part of an id. */
export function slug(text: string, words: number): string {
  const found =
    text
      .slice(0, 400)
      .toLowerCase()
      .match(/[a-z0-9]+/g) ?? [];
  return found.slice(0, words).join("-").slice(0, 60) || "text";
}

/**
 * An id that depends on the words of a text only: not on its place, on its neighbours or on marks of Markdown. A second
 * text with the same words gets a number.
 */
export function idOfText(text: string, taken: Set<string>): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const id = `${slug(text, 5)}-${hash("sha256", words.join(" "), "hex").slice(0, 6)}`;
  let distinct = id;
  for (let number = 2; taken.has(distinct); number += 1) {
    distinct = `${id}-${number}`;
  }
  taken.add(distinct);
  return distinct;
}
