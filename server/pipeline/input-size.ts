import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";

/** For fewer bytes (on disk, possibly compressed) a thread costs more than it gains. */
const LARGE = 1024 * 1024;

/** Whether files and folders are large enough to be read in a separate thread. What cannot be read counts as empty. */
export async function isLarge(paths: readonly string[]): Promise<boolean> {
  let left = LARGE;
  for (const path of paths) {
    left -= await sizeOf(path, left);
    if (left <= 0) {
      return true;
    }
  }
  return false;
}

/** Bytes under a path, counted up to `enough`. */
async function sizeOf(path: string, enough: number): Promise<number> {
  let size = 0;
  try {
    const status = await stat(path);
    if (!status.isDirectory()) {
      return status.size;
    }
    for await (const entry of await opendir(path)) {
      if (entry.isDirectory() || entry.isFile()) {
        size += await sizeOf(join(path, entry.name), enough - size);
      }
      if (size >= enough) {
        break;
      }
    }
  } catch {
    // Reading reports it as a problem.
  }
  return size;
}
