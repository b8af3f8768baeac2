import { fileIssue, type IngestIssue, rejectedFile } from "../issue.ts";
import type { Layer, Opened, Unpack } from "./archive.ts";
import type { ArchiveBudget } from "./budget.ts";
import { appleDouble, isAppleDouble, memberName } from "./member-name.ts";

/** A file inside an archive. */
export interface ArchiveMember {
  /** As written in the archive; see `member-name.ts`. */
  readonly name: string;
  readonly size: number;
  /** Bytes before the member's header in the archive. */
  readonly offset: number;
  /** Why it cannot be unpacked. */
  readonly unreadable?: string;
  /**
   * `report` receives the reason when the data turns out to be damaged; `packed` counts the packed bytes read so far.
   */
  open(report: (reason: string) => void): {
    readonly chunks: AsyncIterable<Buffer>;
    readonly packed?: () => number;
  };
}

/** Opens one member within the budget of its archive, or reports why it is not read. */
export async function* openMember(
  member: ArchiveMember,
  archive: Layer,
  budget: ArchiveBudget,
  unpack: Unpack,
): AsyncGenerator<Opened> {
  const name = memberName(member.name);
  const file = `${archive.name}!${name.ok ? name.value : member.name}`;
  const exceeded = budget.enter(file);
  if (exceeded !== undefined) {
    yield fileIssue(file, exceeded);
    return;
  }
  const refused = name.ok ? member.unreadable : name.error;
  if (refused !== undefined) {
    const code = name.ok ? "archive.member-unreadable" : "archive.member-name";
    const message = `refused, ${refused}; the rest of the archive was read`;
    yield fileIssue(file, rejectedFile(file, code, message, { at: { offset: member.offset } }));
    return;
  }
  if (isAppleDouble(name.ok ? name.value : "")) {
    yield { kind: "ignored", file, reason: appleDouble };
    return;
  }
  const issues: IngestIssue[] = [];
  const { chunks, packed } = member.open((reason) =>
    issues.push(rejectedFile(file, "archive.damaged", `the archive member is damaged: ${reason}`)),
  );
  const metered = budget.meter(
    file,
    chunks,
    packed ?? (() => Number.POSITIVE_INFINITY),
    (issue) => issues.push(issue),
    false,
  );
  yield* unpack(metered, {
    name: file,
    explicit: false,
    depth: archive.depth + 1,
    limits: archive.limits,
    budget,
    size: member.size,
    issues,
  });
}
