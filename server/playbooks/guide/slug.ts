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

/** Names that are in use, each with the number for the next one like it. */
export type TakenNames = Map<string, number>;

/** A name that is not in use yet: the name itself, or with the next number. */
export function distinctName(name: string, taken: TakenNames, join: string): string {
  let number = taken.get(name);
  if (number === undefined) {
    taken.set(name, 2);
    return name;
  }
  while (taken.has(`${name}${join}${number}`)) {
    number += 1;
  }
  taken.set(name, number + 1);
  taken.set(`${name}${join}${number}`, 2);
  return `${name}${join}${number}`;
}

/**
 * An id that depends on the words of a text only: not on its place, on its neighbours or on marks of Markdown. A second
 * text with the same words gets a number.
 */
export function idOfText(text: string, taken: TakenNames): string {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return distinctName(`${slug(text, 5)}-${hash("sha256", words.join(" "), "hex").slice(0, 6)}`, taken, "-");
}
