import type { FileIssue, IngestIssue } from "../issue.ts";
import type { Input } from "../record.ts";
import type { ArchiveBudget } from "./budget.ts";
import type { ArchiveLimits } from "./limits.ts";

/** What opening a path or a stream yields: an input to read, an issue, or a file that is deliberately not read. */
export type Opened =
  | {
      readonly kind: "input";
      readonly input: Input;
      /** The user named this very file, so failing to read it is an error. */
      readonly explicit: boolean;
      /** What went wrong while the chunks were read; complete once they have ended. Reading the chunks never throws. */
      readonly issues: () => readonly IngestIssue[];
    }
  | FileIssue
  | { readonly kind: "ignored"; readonly file: string; readonly reason: string };

/** A stream whose format is not known yet, with everything its archives need to know about it. */
export interface Layer {
  /** The path as given; archive members follow a `!`. */
  readonly name: string;
  readonly explicit: boolean;
  /** Number of archives around it. */
  readonly depth: number;
  readonly limits: ArchiveLimits;
  /** The budget of the outermost archive. */
  readonly budget?: ArchiveBudget;
  readonly size?: number;
  /** Collects what goes wrong in this stream. */
  readonly issues: IngestIssue[];
}

/**
 * Opens a stream of any kind: see `unpack.ts`. Archives receive it as an argument because they contain streams of any
 * kind.
 */
export type Unpack = (chunks: AsyncIterable<Uint8Array>, layer: Layer) => AsyncGenerator<Opened>;

/**
 * A container or compression format. A new one is a file with such a record and a line in `registry.ts`.
 */
export interface Archive {
  readonly name: string;
  /** Whether a stream that begins with `head` (`HEAD_BYTES` of it, less in shorter streams) is of this kind. */
  looksLike(head: Buffer): boolean;
  /** Opens what it contains, one input after the other. */
  open(chunks: AsyncIterable<Buffer>, layer: Layer, unpack: Unpack): AsyncGenerator<Opened>;
}

/** How many bytes of a stream `Archive.looksLike` needs. */
export const HEAD_BYTES = 512;

/** Issues of an archive itself follow those of its members. */
export function* issuesOf(layer: Layer): Generator<Opened> {
  for (const issue of layer.issues) {
    yield { kind: "issue", file: layer.name, issue };
  }
}
