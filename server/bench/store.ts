import type { Store } from "../store/port.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";

/** A new database file. */
export async function openEmpty(path: string): Promise<Store> {
  const opened = await openSqliteStore(path);
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  return opened.value;
}
