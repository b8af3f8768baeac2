import type { Problem } from "#contracts/problem";

/** Something that went wrong while an input was read; what was read before stays. */
export interface Trouble {
  readonly severity: "rejected" | "warning";
  readonly problem: Problem;
}

/** A file of which nothing could be read. */
export interface TroubledFile {
  readonly kind: "trouble";
  readonly file: string;
  readonly trouble: Trouble;
}

export function trouble(file: string, code: string, message: string, remedy?: string): TroubledFile {
  return { kind: "trouble", file, trouble: troubleOf(file, code, message, remedy) };
}

export function troubleOf(file: string, code: string, message: string, remedy?: string): Trouble {
  return { severity: "rejected", problem: { code, message: `${file}: ${message}`, at: { file }, remedy } };
}

export function truncated(file: string, message: string, offset: number): Trouble {
  return {
    severity: "warning",
    problem: { code: "archive.truncated", message: `${file}: ${message}`, at: { file, offset } },
  };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
