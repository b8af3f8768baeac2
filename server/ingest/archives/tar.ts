import { truncatedFile } from "../issue.ts";
import { type Archive, issuesOf, type Layer, type Opened, type Unpack } from "./archive.ts";
import { ArchiveBudget } from "./budget.ts";
import { type ArchiveMember, openMember } from "./member.ts";
import { isTarHeader, readTar } from "./tar-entries.ts";

export const tar: Archive = {
  name: "tar",
  looksLike: isTarHeader,
  open: openTar,
};

async function* openTar(chunks: AsyncIterable<Buffer>, layer: Layer, unpack: Unpack): AsyncGenerator<Opened> {
  const budget = layer.budget ?? new ArchiveBudget(layer.limits);
  const report = (reason: string, offset: number): void => {
    // A truncated gzip stream around the tar is already reported.
    if (layer.issues.length === 0) {
      layer.issues.push(truncatedFile(layer.name, `${reason}; everything before it is kept`, offset));
    }
  };
  for await (const entry of readTar(chunks, report)) {
    if (entry.kind === "directory") {
      continue;
    }
    const member: ArchiveMember = {
      name: entry.name,
      size: entry.size,
      offset: entry.offset,
      unreadable: entry.kind === "file" ? undefined : "it is not a regular file",
      open: () => ({ chunks: entry.chunks }),
    };
    yield* openMember(member, layer, budget, unpack);
    if (budget.exhausted) {
      break;
    }
  }
  yield* issuesOf(layer);
}
