import type { Problem } from "#contracts/problem";
import type { AuditHead, NotedEnds, NotesState } from "../store/audit/port.ts";

export interface NotesProblems {
  readonly finding?: Problem;
  readonly warning?: Problem;
}

/**
 * What is wrong with the notes beside the database, or a warning: what keeps them from showing that the last records of
 * the trail were removed.
 */
export function problemOfNotes({ isKept, file, unreadable, failure }: NotesState, records: number): NotesProblems {
  if (file === undefined) {
    return {};
  }
  const otherEnd = "Compare the end of the trail with one that was noted elsewhere: stemma check --audit-head.";
  if (unreadable > 0) {
    return {
      finding: {
        code: "audit.notes-damaged",
        message: `${unreadable} of the lines of ${file}, which note the end of the audit trail, cannot be read`,
        remedy: "If the trail is intact otherwise, stemma audit head and move the file away: it is begun anew.",
      },
    };
  }
  if (failure !== undefined) {
    return {
      warning: {
        code: "audit.notes-unread",
        message: `${file} cannot be read (${failure}), so nothing shows whether the last records of the audit trail were removed`,
        remedy: `Run the command as a user who may read it. ${otherEnd}`,
      },
    };
  }
  return isKept || records === 0
    ? {}
    : {
        warning: {
          code: "audit.notes-missing",
          message: `there is no ${file}, so nothing shows whether the last records of the audit trail were removed`,
          remedy: `${otherEnd} A backup has no such file.`,
        },
      };
}

/**
 * What the end of the trail and what was noted about it say without reading the trail: that its last records are
 * missing, or why nothing would show that.
 */
export function problemsOfEnd(head: AuditHead | undefined, { ends, ...notes }: NotedEnds): readonly Problem[] {
  const last = head?.sequence ?? 0;
  const lacks = ends.find(({ sequence }) => sequence > last);
  const { finding, warning } = problemOfNotes(notes, last);
  const shortened: Problem | undefined = lacks && {
    code: "audit.shortened",
    message: `the audit trail ends before record ${lacks.sequence}, which was noted`,
    remedy: "Run stemma check; stemma audit accept records that an older file was put in its place.",
  };
  return [shortened, finding, warning].filter((problem) => problem !== undefined);
}
