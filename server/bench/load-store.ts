import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { removeStore, writeEstateFile } from "./estate-events.ts";
import { everyStart } from "./estate-sqlite.ts";

/** Their records number 2·10^5. */
const PROCESSES = 120_000;
/** Every sixth process raises no alert: 10^5 do. */
const QUIET = 6;

/** The store of the load benchmark: 10^5 alerts and the 2·10^5 events that they come from. Returns its path. */
export async function loadStore(folder: string, report: (text: string) => void): Promise<string> {
  const path = join(folder, "load.db");
  if (!existsSync(path)) {
    report("building the store: 10^5 alerts, 2·10^5 events");
  }
  await writeEstateFile(path, folder, {
    processes: PROCESSES,
    rule: everyStart,
    raises: (index) => index % QUIET !== 0,
  });
  return path;
}

/** A copy to write to: every run starts from the same store. */
export function copyStore(path: string, copy: string): void {
  removeStore(copy);
  copyFileSync(path, copy);
}
