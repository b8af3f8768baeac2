import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from "node:zlib";
import { asBuffer } from "../byte-stream.ts";

const SLICE = 64 * 1024;
const OUTPUT_CHUNK = 512 * 1024;
/** Packed bytes kept to unpack what precedes damage: see `recovered`. */
const MOST_KEPT = 32 * 1024 * 1024;

type Kind = "gzip" | "deflate";

export interface Damage {
  /** What zlib says. */
  readonly reason: string;
  /** What precedes the damage and could not be unpacked. */
  readonly lost?: string;
}

export function damageText({ reason, lost }: Damage): string {
  return lost === undefined ? reason : `${reason}; ${lost}`;
}

/**
 * Decompresses slice by slice: while the consumer works on one slice, zlib unpacks the next on another thread. A
 * damaged or truncated stream ends the output after everything that could be unpacked, and `report` receives the
 * damage.
 */
export async function* inflate(
  kind: Kind,
  chunks: AsyncIterable<Uint8Array>,
  report: (damage: Damage) => void,
): AsyncGenerator<Buffer> {
  const stream = new Inflater(kind);
  let kept: Buffer[] | undefined = [];
  let fed = 0;
  let yielded = 0;
  /** Bytes fed before the slice that is being unpacked. */
  let before = 0;
  let lost: string | undefined;
  try {
    let pending: Promise<void> | undefined;
    for await (const chunk of chunks) {
      const buffer = asBuffer(chunk);
      for (let start = 0; start < buffer.length && stream.failure === undefined; start += SLICE) {
        await pending;
        const ready = stream.takeOutput();
        if (stream.failure === undefined) {
          const slice = buffer.subarray(start, start + SLICE);
          before = fed;
          fed += slice.length;
          kept = fed > MOST_KEPT ? undefined : kept;
          kept?.push(slice);
          pending = stream.write(slice);
        }
        yielded += lengthOf(ready);
        yield* ready;
      }
      if (stream.failure !== undefined) {
        break;
      }
    }
    await pending;
    const last = stream.takeOutput();
    yielded += lengthOf(last);
    yield* last;
    if (stream.failure !== undefined && kept !== undefined) {
      yield* recovered(kind, Buffer.concat(kept), before, yielded);
    } else if (stream.failure !== undefined) {
      lost = `up to ${Math.ceil((fed - before) / 1024)} KiB of packed data before the damage are lost`;
    } else {
      await stream.end();
      yield* stream.takeOutput();
    }
    if (stream.failure !== undefined) {
      report({ reason: stream.failure.message, lost });
    }
  } finally {
    stream.destroy();
  }
}

/**
 * What can be unpacked of the slice that failed, which zlib discards: everything is unpacked again, the end in smaller
 * and smaller steps. The slice begins at `from`, and `yielded` bytes of output are known already.
 */
async function* recovered(kind: Kind, packed: Buffer, from: number, yielded: number): AsyncGenerator<Buffer> {
  let known = yielded;
  let start = from;
  for (const step of [256, 1]) {
    const stream = new Inflater(kind);
    let unpacked = 0;
    try {
      for (let at = 0; at < packed.length && stream.failure === undefined; ) {
        const end = at < start ? Math.min(start, at + SLICE) : at + step;
        await stream.write(packed.subarray(at, end));
        for (const piece of stream.takeOutput()) {
          const fresh = piece.subarray(Math.max(0, known - unpacked));
          unpacked += piece.length;
          yield fresh;
        }
        if (stream.failure !== undefined) {
          start = at;
        }
        at = end;
      }
      known = Math.max(known, unpacked);
    } finally {
      stream.destroy();
    }
  }
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** A zlib stream whose output and failure are taken when it suits. */
class Inflater {
  failure: Error | undefined;
  readonly #stream: Gunzip | InflateRaw;
  #output: Buffer[] = [];

  constructor(kind: Kind) {
    this.#stream =
      kind === "gzip" ? createGunzip({ chunkSize: OUTPUT_CHUNK }) : createInflateRaw({ chunkSize: OUTPUT_CHUNK });
    this.#stream.on("data", (chunk: Buffer) => this.#output.push(chunk));
    this.#stream.on("error", (error) => {
      this.failure ??= error;
    });
  }

  takeOutput(): Buffer[] {
    const ready = this.#output;
    this.#output = [];
    return ready;
  }

  /** Settles when the bytes are unpacked and their output was emitted, or when the stream has failed. */
  write(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      // A stream that fails never calls the write callback.
      this.#stream.once("close", resolve);
      this.#stream.write(bytes, () => {
        this.#stream.off("close", resolve);
        setImmediate(resolve);
      });
    });
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.once("end", resolve);
      this.#stream.once("close", resolve);
      this.#stream.end();
    });
  }

  destroy(): void {
    this.#stream.destroy();
  }
}
