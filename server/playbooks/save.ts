import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type {
  PlaybookCheck,
  PlaybookDraft,
  PlaybookFile,
  PlaybookVersion,
  SavePlaybookRequest,
} from "#contracts/playbook-draft";
import type { RequestProblem } from "#contracts/problem";
import { codeOf } from "../authoring/place-file.ts";
import { refuseFile, type SavedBy, saveFile } from "../authoring/save-file.ts";
import { diff } from "../lib/diff.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { AuditLookup } from "../store/audit/port.ts";
import type { Store } from "../store/port.ts";
import type { PlaybookBook } from "./book.ts";
import { playbookDetail } from "./detail.ts";
import { readPlaybookFile } from "./load.ts";
import type { Playbook } from "./playbook.ts";
import { noSuchPlaybook } from "./view.ts";

const savedAction = "playbook.save";
/** Former texts that are listed. */
const MOST_VERSIONS = 20;

/** What a draft is compiled to, or why it cannot be used. */
export function checkPlaybook({ text, name }: PlaybookDraft): PlaybookCheck {
  const read = readPlaybookFile(text, name);
  const [playbook] = read.ok ? read.value.playbooks : [];
  return {
    problems: read.ok ? [...read.value.problems] : [...read.error],
    playbook: playbook && playbookDetail(playbook),
  };
}

/**
 * Writes a playbook into an own folder and loads it. An existing file is replaced only on request, and only if it holds
 * a playbook. Problems: `request.conflict`, `playbook.invalid-draft` and those of its folder, name and file.
 */
export async function savePlaybook(
  parts: { readonly store: Store; readonly playbooks: PlaybookBook; readonly now: () => number },
  { text, name, folder, replace, note }: SavePlaybookRequest,
  check: PlaybookCheck,
  by: SavedBy,
): Promise<Result<{ readonly id: string; readonly file: string }, RequestProblem>> {
  const { playbooks } = parts;
  const [problem] = check.problems;
  if (check.playbook === undefined || problem !== undefined) {
    return fail({
      code: "playbook.invalid-draft",
      message: problem?.message ?? "The text is no playbook.",
      at: problem?.at,
      remedy: "Correct the problems of the draft first.",
    });
  }
  if (!playbooks.isOwn(folder)) {
    const remedy = "Name one with STEMMA_PLAYBOOKS when the server starts.";
    return refuseFile("playbook-file.unknown-folder", "folder", `${folder} is no own folder of playbooks`, remedy);
  }
  const { id } = check.playbook;
  const file = join(folder, name);
  const saved = await saveFile(
    parts,
    {
      ...{ file, text, replace, note },
      whyKeep: (former) => (checkPlaybook({ text: former, name }).playbook ? undefined : "it holds no playbook"),
      subject: { kind: "playbook", id },
      action: savedAction,
      codes: {
        exists: "playbook-file.exists",
        foreign: "playbook-file.not-a-playbook",
        unwritable: "playbook-file.unwritable",
      },
    },
    by,
  );
  if (!saved.ok) {
    return saved;
  }
  await playbooks.reload();
  return ok({ id, file });
}

const saved = z.object({ text: z.string(), note: z.string().default("") });

/** The file of a playbook and its former texts. Problem: `playbook.not-found` for one without a file, too. */
export async function playbookFile(
  audit: AuditLookup,
  playbooks: PlaybookBook,
  id: string,
): Promise<Result<PlaybookFile, RequestProblem>> {
  const playbook = playbooks.get(id);
  const text = await playbookText(playbook);
  if (playbook?.folder === undefined || text === undefined) {
    return fail(noSuchPlaybook(id));
  }
  const saves = await savesOf(audit, id);
  return ok({
    text,
    name: playbook.file,
    folder: playbook.folder,
    writable: playbooks.isOwn(playbook.folder),
    versions: saves.slice(0, MOST_VERSIONS).map(({ sequence, at, actor, note }) => ({ sequence, at, actor, note })),
    totalVersions: saves.length,
  });
}

/** A former text of a playbook beside the present one. Problem: `playbook.not-found`. */
export async function playbookVersion(
  audit: AuditLookup,
  playbooks: PlaybookBook,
  id: string,
  version: string,
): Promise<Result<PlaybookVersion, RequestProblem>> {
  const text = await playbookText(playbooks.get(id));
  const former = (await savesOf(audit, id)).find(({ sequence }) => String(sequence) === version);
  if (text === undefined || former === undefined) {
    return fail(noSuchPlaybook(text === undefined ? id : `${id}, version ${version}`));
  }
  const linesOf = (whole: string) => whole.split(/\r?\n/);
  return ok({
    text: former.text,
    lines: diff(linesOf(former.text), linesOf(text)).map(({ item, ...rest }) => ({ ...rest, line: item })),
  });
}

async function savesOf(audit: AuditLookup, id: string) {
  const records = await audit.about({ kind: "playbook", ids: [id] }, {});
  return records.flatMap(({ action, sequence, at, actor, after }) => {
    const content = action === savedAction ? saved.safeParse(after) : undefined;
    return content?.success ? [{ sequence, at, actor, ...content.data }] : [];
  });
}

/** The text of its file. Undefined: it has none, or that was removed after the playbooks were loaded. */
export async function playbookText(playbook: Playbook | undefined): Promise<string | undefined> {
  if (playbook?.folder === undefined) {
    return undefined;
  }
  try {
    return await readFile(join(playbook.folder, playbook.file), "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
