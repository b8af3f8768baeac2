import type { Problem } from "#contracts/problem";
import type { NotesState } from "../store/audit/port.ts";

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
