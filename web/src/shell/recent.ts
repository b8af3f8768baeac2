import { z } from "zod";
import { type FoundItem, foundItem } from "#contracts/find";

/** What was opened lately from the top bar, in this browser. */
const most = 6;
const items = z.array(foundItem).max(50);

const keyOf = (person: string) => `stemma.recent.${person}`;

/** Of one person: others may use the same browser. */
export function recentOf(person: string): readonly FoundItem[] {
  try {
    return items.parse(JSON.parse(localStorage.getItem(keyOf(person)) ?? "[]")).slice(0, most);
  } catch {
    // Written by another version, or by hand: it is forgotten.
    return [];
  }
}

export function addRecent(person: string, item: FoundItem): void {
  const others = recentOf(person).filter(({ kind, id }) => kind !== item.kind || id !== item.id);
  // Why it was found is of no use later.
  const { matched: _, ...kept } = item;
  localStorage.setItem(keyOf(person), JSON.stringify([kept, ...others].slice(0, most)));
}
