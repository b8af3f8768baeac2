import type { IngestIssue } from "./issue.ts";
import type { ArchiveLimits } from "./record.ts";

export const defaultArchiveLimits: ArchiveLimits = {
  entries: 20_000,
  memberBytes: 16 * 1024 ** 3,
  totalBytes: 64 * 1024 ** 3,
  ratio: 1000,
  depth: 4,
};

/** Small members may shrink to almost nothing (an EVTX file is mostly zeros), so the ratio counts from here. */
const RATIO_FLOOR = 8 * 1024 * 1024;

/** What an archive and everything inside it has used up of the limits. */
export class ArchiveBudget {
  readonly limits: ArchiveLimits;
  #entries = 0;
  #total = 0;

  constructor(limits: ArchiveLimits) {
    this.limits = limits;
  }

  /** Counts a member; says why it may not be read. */
  enter(file: string): IngestIssue | undefined {
    this.#entries += 1;
    return this.#entries > this.limits.entries
      ? exceeded(file, undefined, `the archive has more than ${this.limits.entries} members`, "entries")
      : undefined;
  }

  get full(): boolean {
    return this.#entries > this.limits.entries || this.#total > this.limits.totalBytes;
  }

  /**
   * Passes the bytes of one member on until a limit is met; then the stream ends and the limit is reported. `packed` says
   * how many bytes the member took in the archive so far. A `wrapper` is only a layer around members that count
   * themselves.
   */
  async *meter(
    file: string,
    chunks: AsyncIterable<Buffer>,
    packed: () => number,
    report: (trouble: IngestIssue) => void,
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
  return {
    severity: "rejected",
    problem: {
      code: "archive.limit",
      message: `${file}: ${what} (limit "${limit}"); what was read before it is kept`,
      at: { file, offset },
      remedy: `Raise the archive limit "${limit}" if you trust the file, or unpack it yourself.`,
    },
  };
}
