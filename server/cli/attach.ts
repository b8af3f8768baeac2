import { readFile, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { type AttachmentRequest, attachmentLimits, attachmentRequest } from "#contracts/attachment";
import type { Problem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";

/**
 * The files that `--attach FILE[=TITLE]` names, as attachments of an answer. The text is kept as it is in the file; the
 * title is the name of the file unless one is given. Problems: `usage.value`.
 */
export async function attachedFiles(
  options: readonly string[],
  directory: string,
): Promise<Result<readonly AttachmentRequest[], readonly Problem[]>> {
  if (options.length > attachmentLimits.perAnswer) {
    return fail([problem(`--attach: an answer can have at most ${attachmentLimits.perAnswer} attachments.`)]);
  }
  const read = await Promise.all(options.map((option) => attachedFile(option, directory)));
  const problems = read.flatMap((one) => (one.ok ? [] : [one.error]));
  return problems.length > 0 ? fail(problems) : ok(read.flatMap((one) => (one.ok ? [one.value] : [])));
}

async function attachedFile(option: string, directory: string): Promise<Result<AttachmentRequest, Problem>> {
  const end = option.indexOf("=");
  const name = end === -1 ? option : option.slice(0, end);
  const file = resolve(directory, name);
  try {
    const { size } = await stat(file);
    if (size > attachmentLimits.bytes) {
      return fail(problem(`--attach ${name}: it has ${size} bytes; an attachment can have ${attachmentLimits.bytes}.`));
    }
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(file));
    const request = attachmentRequest.safeParse({ title: end === -1 ? basename(name) : option.slice(end + 1), text });
    return request.success
      ? ok(request.data)
      : fail(
          problem(
            `--attach ${name}: ${request.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join(" ")}`,
          ),
        );
  } catch (error) {
    const why =
      error instanceof TypeError ? "it is no text in UTF-8" : error instanceof Error ? error.message : String(error);
    return fail(problem(`--attach ${name}: ${why}.`));
  }
}

const problem = (message: string): Problem => ({ code: "usage.value", message });
