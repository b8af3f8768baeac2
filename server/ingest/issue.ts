import type { Problem } from "#contracts/problem";

/** Something that went wrong while an input was read; what was read before stays. */
export interface IngestIssue {
  readonly severity: "rejected" | "warning";
  readonly problem: Problem;
}

/** A file of which nothing could be read. */
export interface FileWithIssue {
  readonly kind: "trouble";
  readonly file: string;
  readonly trouble: IngestIssue;
}

export function ingestIssue(file: string, code: string, message: string, remedy?: string): FileWithIssue {
  return { kind: "trouble", file, trouble: ingestIssueOf(file, code, message, remedy) };
}

export function ingestIssueOf(file: string, code: string, message: string, remedy?: string): IngestIssue {
  return { severity: "rejected", problem: { code, message: `${file}: ${message}`, at: { file }, remedy } };
}

export function truncated(file: string, message: string, offset: number): IngestIssue {
  return {
    severity: "warning",
    problem: { code: "archive.truncated", message: `${file}: ${message}`, at: { file, offset } },
  };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
