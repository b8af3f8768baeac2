import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Problem } from "#contracts/problem";
import { parseEqlCondition } from "../detection/languages/eql/eql.ts";
import { parseYamlDocuments, yamlPlaces } from "../detection/rule-files/yaml-document.ts";
import { append } from "../lib/append.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { compileDfiq, type DfiqObject, dfiqObject } from "./guide/dfiq.ts";
import { compileGuideFile, looksLikeGuide } from "./guide/page.ts";
import { compileSecurityOnion, looksLikeSecurityOnion } from "./guide/security-onion.ts";
import { type ConditionParser, hasFrontMatter, parsePlaybook, unclosedFrontMatter } from "./parse.ts";
import type { Playbook } from "./playbook.ts";

export interface LoadedPlaybooks {
  readonly playbooks: readonly Playbook[];
  /** Why files could not be used; the other files are loaded. */
  readonly problems: readonly Problem[];
}

/** Larger files are refused; the largest published guide has a hundredth of it. */
const largest = 2 * 1024 * 1024;

const extensions = /\.(?:md|txt|ya?ml)$/i;

/**
 * Loads the playbooks in the folders: our own (`*.md` with front matter), guides in Markdown or as the text of a
 * published page (`*.md`, `*.txt`), playbooks of Security Onion and objects of DFIQ (`*.yml`, `*.yaml`). README.md is
 * left out. A bad file is only a problem.
 */
export async function loadPlaybooks(
  folders: readonly string[],
  parseCondition: ConditionParser = parseEqlCondition,
): Promise<LoadedPlaybooks> {
  const problems: Problem[] = [];
  const loaded: Playbook[] = [];
  for (const folder of folders) {
    const objects: DfiqObject[] = [];
    for (const path of await filesOf(folder, problems)) {
      const file = relative(folder, path);
      const text = await textOf(path, file);
      const read = text.ok ? readPlaybookFile(text.value, file, parseCondition) : text;
      if (read.ok) {
        append(
          loaded,
          read.value.playbooks.map((one) => ({ ...one, folder })),
        );
        append(objects, read.value.objects);
        append(problems, read.value.problems);
      } else {
        append(problems, read.error);
      }
    }
    const dfiq = compileDfiq(objects);
    append(
      loaded,
      dfiq.playbooks.map((one) => ({ ...one, folder })),
    );
    append(problems, dfiq.problems);
  }
  return { playbooks: loaded, problems };
}

/** What a file holds: playbooks, or objects that become playbooks together with those of other files. */
export interface PlaybookFile {
  readonly playbooks: readonly Playbook[];
  readonly objects: readonly DfiqObject[];
  readonly problems: readonly Problem[];
}

/** Reads a file of a playbook folder in whatever format it is. */
export function readPlaybookFile(
  text: string,
  file: string,
  parseCondition: ConditionParser = parseEqlCondition,
): Result<PlaybookFile, readonly Problem[]> {
  if (/\.ya?ml$/i.test(file)) {
    return readYaml(text, file, parseCondition);
  }
  const isOwn = hasFrontMatter(text) || (!looksLikeGuide(text) && /\.md$/i.test(file));
  const read = isOwn
    ? parsePlaybook(text, file, parseCondition)
    : looksLikeGuide(text)
      ? compileGuideFile(text, file)
      : fail([unknownFormat(file, "the text has no heading of an investigation guide")]);
  if (!read.ok) {
    return read;
  }
  const unclosed = unclosedFrontMatter(text, file);
  const playbook =
    unclosed === undefined ? read.value : { ...read.value, warnings: [unclosed, ...read.value.warnings] };
  return ok({ playbooks: [playbook], objects: [], problems: [] });
}

function readYaml(
  text: string,
  file: string,
  parseCondition: ConditionParser,
): Result<PlaybookFile, readonly Problem[]> {
  const documents = parseYamlDocuments(text);
  if (!documents.ok) {
    const { at, message, remedy } = documents.error;
    return fail([{ code: "playbook.front-matter", message, at: { ...at, file }, remedy }]);
  }
  const playbooks: Playbook[] = [];
  const objects: DfiqObject[] = [];
  const problems: Problem[] = [];
  for (const [position, value] of documents.value.entries()) {
    if (value === null || value === undefined) {
      continue;
    }
    const object = dfiqObject(value, file);
    if (object !== undefined) {
      objects.push(object);
    } else if (looksLikeSecurityOnion(value)) {
      const compiled = compileSecurityOnion(value, { file, places: yamlPlaces(text, position) }, parseCondition);
      append(playbooks, compiled.ok ? [compiled.value] : []);
      append(problems, compiled.ok ? [] : compiled.error);
    } else {
      problems.push(unknownFormat(file, "the YAML is neither a playbook of Security Onion nor an object of DFIQ"));
    }
  }
  return ok({ playbooks, objects, problems });
}

function unknownFormat(file: string, message: string): Problem {
  return {
    code: "playbook.unknown-format",
    message,
    at: { file, line: 1 },
    remedy: "playbooks/README.md lists the formats that are read.",
  };
}

async function textOf(path: string, file: string): Promise<Result<string, readonly Problem[]>> {
  try {
    const { size } = await stat(path);
    if (size > largest) {
      const message = `the file has ${size} bytes; at most ${largest} are read`;
      return fail([{ code: "playbook.too-large", message, at: { file } }]);
    }
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    return fail([unreadable(error, file, "Make the file readable.")]);
  }
}

async function filesOf(folder: string, problems: Problem[]): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && extensions.test(entry.name) && entry.name.toLowerCase() !== "readme.md")
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    problems.push(unreadable(error, folder, "Give the path of an existing folder of playbooks."));
    return [];
  }
}

function unreadable(error: unknown, file: string, remedy: string): Problem {
  const message = error instanceof Error ? error.message : String(error);
  return { code: "playbook.folder-unreadable", message, at: { file }, remedy };
}
