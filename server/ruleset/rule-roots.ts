import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";

/**
 * The real path of a folder if it is at or below one of the roots, links resolved on both sides; undefined if it is
 * not. Throws for a folder below a root that cannot be reached; whether others exist is not revealed.
 */
export async function realPathWithin(folder: string, roots: readonly string[]): Promise<string | undefined> {
  const real = await Promise.all(roots.map(realOrAsIs));
  if (!isWithin(resolve(folder), [...roots, ...real])) {
    return undefined;
  }
  const path = await realpath(folder);
  return isWithin(path, real) ? path : undefined;
}

/** Whether a path is one of the folders or below one, by its text alone. */
function isWithin(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep));
}

/** A root that does not exist yet holds nothing: its name is good enough. */
async function realOrAsIs(root: string): Promise<string> {
  try {
    return await realpath(root);
  } catch {
    return resolve(root);
  }
}
