import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

/** One output buffer of this size is enough for nearly every segment. */
const OPTIONS = { chunkSize: 128 * 1024, params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const SCRATCH_BYTES = 16 * 1024 * 1024;
let scratch = Buffer.allocUnsafeSlow(1024 * 1024);

/**
 * Compresses texts, concatenated after a first line with their lengths in UTF-16 units. They are written into one
 * reused buffer without joining them first. At about 1.5 GB/s, moving the compression to another thread would not pay
 * off.
 */
export function packTexts(texts: readonly string[]): Uint8Array {
  const heading = `${texts.map((text) => text.length).join(" ")}\n`;
  // A UTF-16 unit takes at most three bytes.
  const maxBytes = 3 * texts.reduce((total, text) => total + text.length, heading.length);
  if (maxBytes > SCRATCH_BYTES) {
    return compress(Buffer.from(heading + texts.join("")));
  }
  if (scratch.length < maxBytes) {
    scratch = Buffer.allocUnsafeSlow(Math.min(2 * maxBytes, SCRATCH_BYTES));
  }
  let end = scratch.write(heading);
  for (const text of texts) {
    end += scratch.write(text, end);
  }
  return compress(scratch.subarray(0, end));
}

function compress(bytes: Buffer): Uint8Array {
  // Copied to its exact size: the result of the compressor is a view of a larger buffer.
  return new Uint8Array(zstdCompressSync(bytes, OPTIONS));
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
