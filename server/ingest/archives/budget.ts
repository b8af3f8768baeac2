import { type IngestIssue, rejectedFile } from "../issue.ts";
import type { ArchiveLimits } from "./limits.ts";

/**
 * Small members may compress to almost nothing (an EVTX file is mostly zeros), so the ratio applies only above this
 * size.
 */
const RATIO_FLOOR = 8 * 1024 * 1024;

/** How much of the limits an outermost archive and everything inside it has used. */
export class ArchiveBudget {
  readonly limits: ArchiveLimits;
  #entries = 0;
  #total = 0;

  constructor(limits: ArchiveLimits) {
    this.limits = limits;
  }

  /** Counts a member. Returns an issue when it exceeds the number of members and must not be read. */
  enter(file: string): IngestIssue | undefined {
    this.#entries += 1;
    return this.#entries > this.limits.entries
      ? exceeded(file, undefined, `the archive has more than ${this.limits.entries} members`, "entries")
      : undefined;
  }

  /** Whether reading more members is pointless. */
  get exhausted(): boolean {
    return this.#entries > this.limits.entries || this.#total > this.limits.totalBytes;
  }

  /**
   * Passes on the bytes of one member until a limit is reached; then the stream ends and the limit is reported.
   * `packed` returns the number of bytes read from the archive for the member so far. `wrapper` marks a compression
   * layer around members that are counted on their own.
   */
  async *meter(
    file: string,
    chunks: AsyncIterable<Buffer>,
    packed: () => number,
    report: (issue: IngestIssue) => void,
    wrapper: boolean,
  ): AsyncGenerator<Buffer> {
    const { memberBytes, totalBytes, ratio } = this.limits;
    let unpacked = 0;
    for await (const chunk of chunks) {
      const before = unpacked;
      unpacked += chunk.length;
      if (unpacked > RATIO_FLOOR && unpacked > ratio * Math.max(packed(), 1)) {
        report(exceeded(file, before, `it unpacks to more than ${ratio} times its packed size`, "ratio"));
        return;
      }
      if (wrapper) {
        yield chunk;
        continue;
      }
      const allowed = Math.min(chunk.length, memberBytes - before, totalBytes - this.#total);
      this.#total += chunk.length;
      if (allowed < chunk.length) {
        if (allowed > 0) {
          yield chunk.subarray(0, allowed);
        }
        report(
          unpacked > memberBytes
            ? exceeded(file, memberBytes, `it unpacks to more than ${memberBytes} bytes`, "memberBytes")
            : exceeded(file, before + allowed, `the archive unpacks to more than ${totalBytes} bytes`, "totalBytes"),
        );
        return;
      }
      yield chunk;
    }
  }
}

function exceeded(file: string, offset: number | undefined, what: string, limit: keyof ArchiveLimits): IngestIssue {
  return rejectedFile(file, "archive.limit", `${what} (limit "${limit}"); everything read before the limit is kept`, {
    at: { offset },
    remedy: `Raise the archive limit "${limit}" if you trust the file, or unpack it yourself.`,
  });
}
