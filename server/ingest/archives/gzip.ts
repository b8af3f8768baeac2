import { peek } from "../byte-stream.ts";
import { truncatedFile } from "../issue.ts";
import { type Archive, HEAD_BYTES, type Layer, type Opened, type Unpack } from "./archive.ts";
import { ArchiveBudget } from "./budget.ts";
import { type Damage, inflate } from "./inflate.ts";
import { tar } from "./tar.ts";

/** One compressed stream. A tar inside counts as the same level of nesting. */
export const gzip: Archive = {
  name: "gzip",
  looksLike: (head) => head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 0x08,
  open: openGzip,
};

/** What zlib says of bytes that do not begin a gzip stream. */
const NOT_GZIP = "incorrect header check";

async function* openGzip(packed: AsyncIterable<Buffer>, layer: Layer, unpack: Unpack): AsyncGenerator<Opened> {
  const budget = layer.budget ?? new ArchiveBudget(layer.limits);
  let read = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of packed) {
      read += chunk.length;
      yield chunk;
    }
  }
  let unpacked = false;
  async function* output(): AsyncGenerator<Buffer> {
    for await (const chunk of inflate("gzip", counted(), report)) {
      unpacked = true;
      yield chunk;
    }
  }
  const report = ({ reason, lost }: Damage): void => {
    const what = unpacked && reason === NOT_GZIP ? "is followed by other data" : `ends early or is damaged (${reason})`;
    const kept =
      lost === undefined ? "everything that could be unpacked is kept" : `${lost}, what precedes them is kept`;
    const message = `the gzip stream ${what}; ${kept}`;
    layer.issues.push(truncatedFile(layer.name, message, read));
  };
  const { head, chunks } = await peek(output(), HEAD_BYTES);
  const isTar = tar.looksLike(head);
  const metered = budget.meter(
    layer.name,
    chunks,
    () => read,
    (issue) => layer.issues.push(issue),
    isTar,
  );
  const inner: Layer = { ...layer, depth: layer.depth + 1, budget, size: undefined };
  yield* isTar ? tar.open(metered, inner, unpack) : unpack(metered, inner);
}
