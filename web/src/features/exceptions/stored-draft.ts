import { type ExceptionDraft, type ExceptionRecord, exceptionDraft } from "#contracts/exception";

/** The page that edits a saved exception. */
export function editPath(id: string): string {
  return `/exceptions/new?exception=${encodeURIComponent(id)}`;
}

/** A saved exception as a draft: without what saving it has added. */
export function draftOf(record: ExceptionRecord): ExceptionDraft {
  const fields = new Set(Object.keys(exceptionDraft.shape));
  const kept = Object.entries(record).filter(([name, value]) => fields.has(name) && value !== undefined);
  return exceptionDraft.parse(Object.fromEntries(kept));
}
