import { hash } from "node:crypto";
import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import type { RequestProblemCode } from "#contracts/problem-codes";
import { fail, ok, type Result } from "../lib/result.ts";
import { type Authority, refusalOf } from "../people/authority.ts";
import type { AuditLookup } from "../store/audit/port.ts";
import { conflictProblem, type Expected } from "../store/audit/version.ts";
import type { Store } from "../store/port.ts";
import { codeOf, type FormerFile, placeFile, replaceableFile, restoreFile } from "./place-file.ts";

/** A file of content, a rule or a playbook, that somebody wrote. */
export interface FileToSave {
  readonly file: string;
  readonly text: string;
  /** Whether a file of this name may be replaced. */
  readonly replace: boolean;
  /** Why a file with this text must not be replaced, such as that it holds something else. */
  readonly whyKeep: (text: string) => string | undefined;
  readonly subject: { readonly kind: "rule" | "playbook"; readonly id: string };
  readonly action: string;
  readonly note: string;
  readonly codes: Readonly<Record<"exists" | "foreign" | "unwritable", RequestProblemCode>>;
}

export interface SavedBy {
  readonly actor: Actor;
  readonly expected?: Expected | undefined;
  /** Whose right to save counts: reading the draft took its time. */
  readonly authority?: Authority | undefined;
}

/**
 * Writes a file together with its audit record, or neither. An existing file is replaced only on request, and only if
 * it is the one that the client saw. Problems: `request.conflict` and those of `codes`. See docs/decisions/0037.
 */
export async function saveFile(
  { store, now }: { readonly store: Store; readonly now: () => number },
  { file, text, replace, whyKeep, subject, action, note, codes }: FileToSave,
  { actor, expected, authority }: SavedBy,
): Promise<Result<void, RequestProblem>> {
  const exists = () =>
    refuseFile(codes.exists, "name", `${file} already exists`, "Choose another name, or replace the file.");
  let former: FormerFile | undefined;
  let placed = false;
  try {
    return await store.write(async ({ audit, people }): Promise<Result<void, RequestProblem>> => {
      const lost = authority && (await refusalOf(people, authority, now()));
      if (lost !== undefined) {
        return fail(lost);
      }
      const found = await replaceableFile(file, whyKeep);
      if (!replace && !(found.ok && found.value === undefined)) {
        return exists();
      }
      if (!found.ok) {
        return refuseFile(codes.foreign, "name", `${file} is not replaced: ${found.error}`, "Choose another name.");
      }
      former = found.value;
      const conflict = await fileConflict(audit, { file, kind: subject.kind, action }, former, expected);
      if (conflict !== undefined) {
        return fail(conflict);
      }
      await audit.append({
        at: now(),
        actor,
        action,
        subject,
        ...(former === undefined ? {} : { before: { file, text: former.text } }),
        after: { file, text, note },
      });
      // Last, so that only the commit can still fail.
      await placeFile(file, text, former);
      placed = true;
      return ok(undefined);
    });
  } catch (error) {
    if (placed) {
      await restoreFile(file, former);
    }
    const code = codeOf(error);
    if (code === undefined || !(error instanceof Error)) {
      throw error;
    }
    return code === "EEXIST" ? exists() : refuseFile(codes.unwritable, "folder", error.message);
  }
}

/** The part of a version that is about a file, from the hash of its text; empty if there is none. */
export function fileVersion(hashOfText: string | undefined): string {
  return hashOfText === undefined ? "" : `+${hashOfText.slice(0, 16)}`;
}

/**
 * Why a file must not be replaced: it is not the one that the client saw. Files are edited outside of the workbench,
 * too, so the text decides, and not the audit trail.
 */
async function fileConflict(
  audit: AuditLookup,
  { file, kind, action }: { readonly file: string; readonly kind: string; readonly action: string },
  former: FormerFile | undefined,
  expected: Expected | undefined,
): Promise<RequestProblem | undefined> {
  if (expected === undefined || (expected === "*" && former !== undefined)) {
    return undefined;
  }
  const current = former === undefined ? "+gone" : fileVersion(hash("sha256", former.text));
  const states = expected === "*" ? [] : expected;
  if (states.some((version) => version.endsWith(current))) {
    return undefined;
  }
  const [seen = 0] = states.map((version) => Number.parseInt(version, 10) || 0);
  const saves = (await audit.about({ kind }, { from: seen + 1 })).filter(
    (record) => record.action === action && isAbout(record.after, file),
  );
  const message =
    former === undefined
      ? `${file} does not exist any more`
      : saves.length === 0
        ? `${file} was changed outside of the workbench, after you read it`
        : undefined;
  return conflictProblem(saves, `0${current}`, message);
}

function isAbout(after: unknown, file: string): boolean {
  return typeof after === "object" && after !== null && "file" in after && after.file === file;
}

export function refuseFile(
  code: RequestProblemCode,
  field: string,
  message: string,
  remedy?: string,
): Result<never, RequestProblem> {
  return fail({ code, message, at: { field }, remedy });
}
