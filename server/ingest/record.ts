import type { Fields } from "#contracts/event";
import type { Problem } from "#contracts/problem";
import type { WindowsEvent } from "../event/windows-event.ts";

/**
 * What a format yields: a Windows record, an event that already has ECS names, or a problem with its place. A problem
 * stops nothing: the format goes on with the next record that it can find.
 */
export type FormatItem =
  | { readonly kind: "windows"; readonly event: WindowsEvent; readonly offset: number; readonly original: unknown }
  | { readonly kind: "ecs"; readonly fields: Fields; readonly offset: number; readonly original: unknown }
  | { readonly kind: "problem"; readonly problem: Problem; readonly severity: "rejected" | "warning" };

/**
 * A named stream of bytes: a file or a member of an archive. `name` is the path as given, members behind `!`. `chunks` may
 * be read once. `size` in bytes where it is known.
 */
export interface Input {
  readonly name: string;
  readonly size?: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Limits on what an archive may unpack to; they are configuration. */
export interface ArchiveLimits {
  readonly entries: number;
  /** Bytes of one member after unpacking. */
  readonly memberBytes: number;
  /** Bytes of all members of one archive after unpacking. */
  readonly totalBytes: number;
  /** Unpacked bytes per packed byte. */
  readonly ratio: number;
  /** Archives inside archives. */
  readonly depth: number;
}
