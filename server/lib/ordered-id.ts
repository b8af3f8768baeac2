import { randomUUID } from "node:crypto";

/** An id that sorts by time: many that are stored at once are stored side by side. `at` is in epoch milliseconds. */
export function orderedId(at: number): string {
  return `${Math.max(0, at).toString(16).padStart(12, "0")}-${randomUUID()}`;
}
