import type { Readable } from "node:stream";
import { type Entry, fromBufferPromise, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import { asBuffer } from "./byte-stream.ts";
import { inflate } from "./inflate.ts";

/** Zip archives by their central directory. Sizes written there are not trusted: the limits count real bytes. */

export interface ZipMember {
  /** As written; see `member-name.ts`. */
  readonly name: string;
  readonly directory: boolean;
  /** Why it cannot be unpacked. */
  readonly unreadable?: string;
  readonly size: number;
  /** Bytes before the member's header in the archive. */
  readonly offset: number;
  /** `report` hears of damaged data; `packed` says how many packed bytes were read. */
  open(report: (reason: string) => void): { readonly chunks: AsyncGenerator<Buffer>; readonly packed: () => number };
}

const OPTIONS = { autoClose: false, lazyEntries: true, decodeStrings: false, validateEntrySizes: false } as const;

export async function openZip(from: string | Buffer): Promise<ZipFile> {
  return typeof from === "string" ? await openPromise(from, OPTIONS) : await fromBufferPromise(from, OPTIONS);
}

export async function* zipMembers(zip: ZipFile): AsyncGenerator<ZipMember> {
  for await (const entry of zip.eachEntry()) {
    const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
    yield {
      name,
      directory: name.endsWith("/"),
      unreadable: reasonAgainst(entry),
      size: entry.uncompressedSize,
      offset: entry.relativeOffsetOfLocalHeader,
      open: (report) => openMember(zip, entry, report),
    };
  }
}

const STORED = 0;
const DEFLATED = 8;

function reasonAgainst(entry: Entry): string | undefined {
  if (entry.isEncrypted()) {
    return "it is encrypted";
  }
  const method = entry.compressionMethod;
  return method === STORED || method === DEFLATED ? undefined : `its compression method ${method} is not supported`;
}

function openMember(
  zip: ZipFile,
  entry: Entry,
  report: (reason: string) => void,
): { readonly chunks: AsyncGenerator<Buffer>; readonly packed: () => number } {
  let packed = 0;
  async function* raw(): AsyncGenerator<Buffer> {
    let stream: Readable | undefined;
    try {
      stream = await zip.openReadStreamPromise(entry, { decodeFileData: false });
      for await (const chunk of stream) {
        packed += chunk.length;
        yield asBuffer(chunk);
      }
    } catch (error) {
      report(error instanceof Error ? error.message : String(error));
    } finally {
      stream?.destroy();
    }
  }
  const chunks = entry.compressionMethod === DEFLATED ? inflate("deflate", raw(), report) : raw();
  return { chunks, packed: () => packed };
}
