import { constants, copyFile, link, lstat, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail, ok, type Result } from "../lib/result.ts";

/** Files as saving sees them: what may be replaced, and how a file appears in one step. */

/** The largest file that is read to be replaced; loaders read no larger one either. */
const maximumSize = 2 * 1024 * 1024;

export interface FormerFile {
  readonly text: string;
  readonly mode: number;
}

/** The file at a path if it may be replaced; undefined if there is none; else why it must stay. */
export async function replaceableFile(
  file: string,
  whyKeep: (text: string) => string | undefined,
): Promise<Result<FormerFile | undefined, string>> {
  const status = await lstat(file).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    throw error;
  });
  if (status === undefined) {
    return ok(undefined);
  }
  if (!status.isFile() || status.size > maximumSize) {
    return fail(status.isSymbolicLink() ? "it is a link" : "it is no regular file of at most 2 MiB");
  }
  const text = await readFile(file, "utf8");
  const reason = whyKeep(text);
  return reason === undefined ? ok({ text, mode: status.mode & 0o777 }) : fail(reason);
}

/**
 * Puts a text in place of a file in one step, also for readers and after a loss of power. Without `former` the file
 * must not exist yet. No link is followed.
 */
export async function placeFile(file: string, text: string, former: FormerFile | undefined): Promise<void> {
  // Not named like a file of content, so that no load picks it up.
  const draft = join(dirname(file), `.${basename(file)}.${crypto.randomUUID()}.new`);
  try {
    await writeFile(draft, text, { flag: "wx", flush: true, mode: former?.mode ?? 0o666 });
    if (former === undefined) {
      await linkAs(draft, file);
    } else {
      await rename(draft, file);
    }
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dirname(file));
}

/** Puts back what stood at a path before `placeFile`. */
export async function restoreFile(file: string, former: FormerFile | undefined): Promise<void> {
  if (former === undefined) {
    await rm(file, { force: true });
  } else {
    await placeFile(file, former.text, former);
  }
}

/** Unlike `rename`, a link fails where the name is taken. */
async function linkAs(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) === "EEXIST") {
      throw error;
    }
    // A file system without hard links.
    await copyFile(draft, file, constants.COPYFILE_EXCL);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The code of a file system error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
