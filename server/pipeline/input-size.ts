import { opendir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Below this many bytes (packed, where they are), starting a thread costs more than it gains. */
const LARGE = 1024 * 1024;

/** Whether the files that the paths name, folders included, are worth a thread. What cannot be read counts as nothing. */
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

/** Bytes below a path; counting ends where there are `enough`. */
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
    // The reader tells of it with its place.
  }
  return size;
}
