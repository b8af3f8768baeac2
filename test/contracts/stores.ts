import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../server/store/port.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";

export interface TestStore {
  readonly store: Store;
  /** The same data through another door, as another process would see it. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
}

/** Every store that the product can run on; the contract suite runs on each. */
export const stores: readonly { readonly name: string; readonly open: () => Promise<TestStore> }[] = [
  { name: "SQLite", open: sqliteInTemporaryFolder },
];

async function sqliteInTemporaryFolder(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-store-"));
  const path = join(folder, "stemma.db");
  const opened: Store[] = [];
  const open = async (): Promise<Store> => {
    const result = await openSqliteStore(path);
    if (!result.ok) {
      throw new Error(result.error.message);
    }
    opened.push(result.value);
    return result.value;
  };
  return {
    store: await open(),
    reopen: open,
    async dispose() {
      for (const store of opened) {
        await store.close();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
