import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from "node:zlib";
import { asBuffer } from "../byte-stream.ts";

const SLICE = 64 * 1024;
const OUTPUT_CHUNK = 512 * 1024;

/**
 * Decompresses slice by slice: while the consumer works on one slice, zlib unpacks the next on another thread. A
 * damaged or truncated stream ends the output after everything that could be unpacked, and `report` receives the
 * reason.
 */
export async function* inflate(
  kind: "gzip" | "deflate",
  chunks: AsyncIterable<Uint8Array>,
  report: (reason: string) => void,
): AsyncGenerator<Buffer> {
  const stream: Gunzip | InflateRaw =
    kind === "gzip" ? createGunzip({ chunkSize: OUTPUT_CHUNK }) : createInflateRaw({ chunkSize: OUTPUT_CHUNK });
  let output: Buffer[] = [];
  let failure: Error | undefined;
  stream.on("data", (chunk: Buffer) => output.push(chunk));
  stream.on("error", (error) => {
    failure ??= error;
  });
  const takeOutput = (): Buffer[] => {
    const ready = output;
    output = [];
    return ready;
  };
  try {
    let pending: Promise<void> | undefined;
    for await (const chunk of chunks) {
      const buffer = asBuffer(chunk);
      for (let start = 0; start < buffer.length && failure === undefined; start += SLICE) {
        await pending;
        const ready = takeOutput();
        pending = write(stream, buffer.subarray(start, start + SLICE));
        yield* ready;
      }
      if (failure !== undefined) {
        break;
      }
    }
    await pending;
    yield* takeOutput();
    if (failure === undefined) {
      await end(stream);
      yield* takeOutput();
    }
    if (failure !== undefined) {
      report(failure.message);
    }
  } finally {
    stream.destroy();
  }
}

/** Settles when the slice is unpacked and its output was emitted, or when the stream has failed. */
function write(stream: Gunzip | InflateRaw, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    // A stream that fails never calls the write callback.
    stream.once("close", resolve);
    stream.write(bytes, () => {
      stream.off("close", resolve);
      setImmediate(resolve);
    });
  });
}

function end(stream: Gunzip | InflateRaw): Promise<void> {
  return new Promise((resolve) => {
    stream.once("end", resolve);
    stream.once("close", resolve);
    stream.end();
  });
}
