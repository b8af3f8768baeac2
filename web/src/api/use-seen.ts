import { useState } from "react";
import { type Read, type Seen, seenNow } from "./client.ts";

/**
 * What a person saw when a form opened. The page behind the form shows what others do meanwhile, but the decision was
 * made on what was there before: sending it is refused then, and says what they did. `again` is for after that.
 */
export function useSeen(read: Read): { readonly seen: Seen; readonly again: () => void } {
  const [seen, set] = useState<Seen>(() => seenNow(read));
  return { seen: isSame(seen, read) ? seen : read, again: () => set(seenNow(read)) };
}

function isSame(one: Read, other: Read): boolean {
  return one.name === other.name && JSON.stringify(one.params) === JSON.stringify(other.params);
}
