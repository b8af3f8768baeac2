import { isUtf8 } from "node:buffer";
import { opendir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../../lib/result.ts";
import { hasRuleExtension } from "./formats.ts";
import { encodingProblem } from "./places.ts";

/** A file of a rule folder; `text` is a problem where it could not be read. */
export interface RuleFile {
  readonly file: string;
  /** Relative to the folder that was given. */
  readonly source: string;
  readonly text: Result<string, Problem>;
}

/** A file with a stamp that changes with it; an unchanged file has its earlier `content`. */
export interface StampedFile<C> {
  readonly stamp: string;
  readonly file: RuleFile;
  readonly content?: C;
}

/** The largest rule file; published ones have at most a tenth of it. */
const maximumFileSize = 2 * 1024 * 1024;
/** Files and folders below one rule folder; the largest published repository has a tenth of it. */
const maximumEntries = 100_000;
/** Files that are read at once. */
const CONCURRENCY = 64;

/** Problems of a file that was not read are reported at its start. */
const wholeFile = { line: 1, column: 1 };

/**
 * All rule files below a folder, ordered by path; those that `known` has with the same stamp are not read again. What
 * has the name of a rule file but is none (a pipe, a link), links to folders, and folders that cannot be read are
 * failed files.
 */
export async function readFolder<C>(
  folder: string,
  known: ReadonlyMap<string, StampedFile<C>>,
): Promise<readonly StampedFile<C>[]> {
  try {
    const found = (await entriesBelow(folder)).toSorted((left, right) => (left.path < right.path ? -1 : 1));
    const files: StampedFile<C>[] = [];
    for (let start = 0; start < found.length; start += CONCURRENCY) {
      const some = found.slice(start, start + CONCURRENCY).map(({ path, refusal }) => {
        return refusal === undefined
          ? readRuleFile(folder, path, known.get(path))
          : refusedEntry(folder, path, refusal);
      });
      files.push(...(await Promise.all(some)));
    }
    return files;
  } catch (error) {
    const problem: Problem = { code: "rule.unreadable", message: messageOf(error) };
    return [{ stamp: "", file: { file: folder, source: "", text: fail(problem) } }];
  }
}

/** A path with the reason why it is not read, if there is one. */
interface Entry {
  readonly path: string;
  readonly refusal?: string;
}

const link = "it is a symbolic link, which is not followed: add the folder of its target as a rule folder";

async function entriesBelow(folder: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let seen = 0;
  for (const open = [folder]; ; ) {
    const next = open.pop();
    if (next === undefined) {
      return entries;
    }
    const directory = await opendir(next).catch((error: unknown) => {
      if (next === folder) {
        throw error;
      }
      return messageOf(error);
    });
    if (typeof directory === "string") {
      entries.push({ path: next, refusal: directory });
      continue;
    }
    for await (const entry of directory) {
      const path = join(next, entry.name);
      seen += 1;
      if (seen > maximumEntries) {
        throw new Error(
          `more than ${maximumEntries} files and folders below it: name the folder of the rules themselves`,
        );
      }
      const isNamedLikeRule = hasRuleExtension(entry.name);
      if (entry.isDirectory()) {
        open.push(path);
      } else if (entry.isSymbolicLink()) {
        entries.push(...(isNamedLikeRule || (await leadsToFolder(path)) ? [{ path, refusal: link }] : []));
      } else if (isNamedLikeRule) {
        entries.push(
          entry.isFile() ? { path } : { path, refusal: "it is no regular file but a pipe, socket or device" },
        );
      }
    }
  }
}

async function leadsToFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // It leads nowhere, or in a circle: no folder.
    return false;
  }
}

function refusedEntry(folder: string, file: string, message: string): StampedFile<never> {
  return {
    stamp: "",
    file: { file, source: sourceOf(folder, file), text: fail({ code: "rule.unreadable", message, at: wholeFile }) },
  };
}

function sourceOf(folder: string, file: string): string {
  return relative(folder, file).replaceAll("\\", "/");
}

async function readRuleFile<C>(
  folder: string,
  file: string,
  known: StampedFile<C> | undefined,
): Promise<StampedFile<C>> {
  const source = sourceOf(folder, file);
  try {
    const { size, mtimeMs } = await stat(file);
    const stamp = `${source} ${size} ${mtimeMs}`;
    if (known?.stamp === stamp) {
      return known;
    }
    if (size > maximumFileSize) {
      const message = `the file has ${size} bytes; at most ${maximumFileSize} are read`;
      return { stamp, file: { file, source, text: fail({ code: "rule.too-large", message, at: wholeFile }) } };
    }
    return { stamp, file: { file, source, text: decoded(await readFile(file)) } };
  } catch (error) {
    return {
      stamp: "",
      file: { file, source, text: fail({ code: "rule.unreadable", message: messageOf(error), at: wholeFile }) },
    };
  }
}

const written = Buffer.from("\ufffd");

/** The text of a file, or where it stops being UTF-8. The sign for an unknown character may well stand in a text. */
function decoded(bytes: Buffer): Result<string, Problem> {
  const text = bytes.toString("utf8");
  if (isUtf8(bytes)) {
    return ok(text);
  }
  const unknown = [...text.matchAll(/\ufffd/g)].find(({ index }) => {
    const at = Buffer.byteLength(text.slice(0, index));
    return !bytes.subarray(at, at + written.length).equals(written);
  });
  return fail(encodingProblem(text, unknown?.index ?? 0));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
