import type { Fields } from "#contracts/event";
import type { WindowsEvent } from "../event/windows-event.ts";
import type { IngestIssue } from "./issue.ts";

/**
 * What a format yields: a Windows record, an event that already has ECS field names, or a problem with its location. A
 * problem stops nothing: the format continues with the next record it can find.
 */
export type FormatItem =
  | { readonly kind: "windows"; readonly event: WindowsEvent; readonly offset: number; readonly original: unknown }
  | { readonly kind: "ecs"; readonly fields: Fields; readonly offset: number; readonly original: unknown }
  | ({ readonly kind: "problem" } & IngestIssue);

/** A named stream of bytes: a file or an archive member. `chunks` may be read once. */
export interface Input {
  /** The path as given; archive members follow a `!`. */
  readonly name: string;
  /** In bytes, where known. */
  readonly size?: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}
