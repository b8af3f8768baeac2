import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import { asBuffer } from "../byte-stream.ts";
import { reasonOf } from "../issue.ts";
import { damageText, inflate } from "./inflate.ts";
import type { ArchiveMember } from "./member.ts";

/**
 * Zip archives by their central directory. Sizes stated there are not trusted: limits apply to the bytes actually read.
 */

const OPTIONS = { autoClose: false, lazyEntries: true, decodeStrings: false, validateEntrySizes: false } as const;

export async function openZip(from: string | Buffer): Promise<ZipFile> {
  return typeof from === "string" ? await openPromise(from, OPTIONS) : await fromBufferPromise(from, OPTIONS);
}

/** All members but directories. */
export async function* zipMembers(zip: ZipFile): AsyncGenerator<ArchiveMember> {
  for await (const entry of zip.eachEntry()) {
    const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
    if (!name.endsWith("/")) {
      yield {
        name,
        unreadable: unreadableReason(entry),
        size: entry.uncompressedSize,
        offset: entry.relativeOffsetOfLocalHeader,
        open: (report) => openEntry(zip, entry, report),
      };
    }
  }
}

const STORED = 0;
const DEFLATED = 8;

function unreadableReason(entry: Entry): string | undefined {
  if (entry.isEncrypted()) {
    return "it is encrypted";
  }
  const method = entry.compressionMethod;
  return method === STORED || method === DEFLATED ? undefined : `its compression method ${method} is not supported`;
}

function openEntry(
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
      reportDamage(reasonOf(error));
    } finally {
      stream?.destroy();
    }
  }
  let damaged = false;
  const reportDamage = (reason: string): void => {
    damaged = true;
    report(reason);
  };
  const unpacked =
    entry.compressionMethod === DEFLATED
      ? inflate("deflate", raw(), (damage) => reportDamage(damageText(damage)))
      : raw();
  async function* checked(): AsyncGenerator<Buffer> {
    let checksum = 0;
    for await (const chunk of unpacked) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (!damaged && checksum !== entry.crc32) {
      report("its checksum is wrong, some of it was changed");
    }
  }
  return { chunks: checked(), packed: () => packed };
}
