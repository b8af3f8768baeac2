import { peek } from "../byte-stream.ts";
import { fileIssue, rejectedFile } from "../issue.ts";
import { HEAD_BYTES, type Layer, type Opened } from "./archive.ts";
import { archiveOf } from "./registry.ts";

/** Opens a stream: the stream itself, or the members of an archive, including archives inside archives. */
export async function* openStream(source: AsyncIterable<Uint8Array>, layer: Layer): AsyncGenerator<Opened> {
  const { head, chunks } = await peek(source, HEAD_BYTES);
  const archive = archiveOf(head);
  if (archive === undefined) {
    try {
      yield {
        kind: "input",
        input: { name: layer.name, size: layer.size, chunks },
        explicit: layer.explicit,
        issues: () => layer.issues,
      };
    } finally {
      await chunks.return(undefined);
    }
  } else if (layer.depth >= layer.limits.depth) {
    await chunks.return(undefined);
    yield fileIssue(
      layer.name,
      rejectedFile(
        layer.name,
        "archive.limit",
        `not opened, archives are nested more than ${layer.limits.depth} levels deep (limit "depth")`,
        { remedy: 'Raise the archive limit "depth" if you trust the file, or unpack it yourself.' },
      ),
    );
  } else {
    yield* archive.open(chunks, layer, openStream);
  }
}
