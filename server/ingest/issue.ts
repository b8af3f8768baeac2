import type { Location, Problem } from "#contracts/problem";
import type { ProblemCode } from "#contracts/problem-codes";

/** Something that went wrong while an input was read. Everything read before it is kept. */
export interface IngestIssue {
  /** `rejected`: data was lost. `warning`: everything was read, but something about the file is suspicious. */
  readonly severity: "rejected" | "warning";
  readonly problem: Problem;
}

/** An issue that concerns a file as a whole, not one of its records. */
export interface FileIssue {
  readonly kind: "issue";
  readonly file: string;
  readonly issue: IngestIssue;
}

export function fileIssue(file: string, issue: IngestIssue): FileIssue {
  return { kind: "issue", file, issue };
}

/** A rejection of a file or a part of it; the message begins with the file's name. */
export function rejectedFile(
  file: string,
  code: ProblemCode,
  message: string,
  more: { readonly at?: Omit<Location, "file">; readonly remedy?: string } = {},
): IngestIssue {
  return {
    severity: "rejected",
    problem: { code, message: `${file}: ${message}`, at: { file, ...more.at }, remedy: more.remedy },
  };
}

/** A warning that a stream ended early; `offset` is where. */
export function truncatedFile(file: string, message: string, offset: number): IngestIssue {
  return {
    severity: "warning",
    problem: { code: "archive.truncated", message: `${file}: ${message}`, at: { file, offset } },
  };
}

/** How the text of a file is encoded, where that is not plain UTF-8. */
export function encodingWarning(file: string, message: string): IngestIssue {
  return { severity: "warning", problem: { code: "input.encoding", message: `${file}: ${message}`, at: { file } } };
}

/** Without the call and the path that Node adds to errors of the file system: the file is named anyway. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return "syscall" in error ? error.message.replace(/, [a-z]+ '.*'$/s, "") : error.message;
}
