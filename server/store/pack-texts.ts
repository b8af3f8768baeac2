import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompressSync } from "node:zlib";

const compress = promisify(zstdCompress);
/** One output buffer is enough for nearly every segment. */
const OPTIONS = { chunkSize: 128 * 1024, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Texts one behind the other, their lengths (in UTF-16 units) in the first line. Compressing runs on the thread pool. */
export function packTexts(texts: readonly string[]): Promise<Uint8Array> {
  return compress(Buffer.from(`${texts.map((text) => text.length).join(" ")}\n${texts.join("")}`), OPTIONS);
}

export function unpackTexts(packed: Uint8Array): string[] {
  const whole = zstdDecompressSync(packed).toString();
  let end = whole.indexOf("\n") + 1;
  return whole
    .slice(0, end - 1)
    .split(" ")
    .map((length) => {
      const start = end;
      end += Number(length);
      return whole.slice(start, end);
    });
}
