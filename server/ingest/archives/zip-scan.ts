import { type Damage, damageText, inflate } from "./inflate.ts";
import type { ArchiveMember } from "./member.ts";

/**
 * The members of a zip by the headers in front of them, for an archive whose central directory cannot be read: it is at
 * the end of the file, and is missing when the file is truncated.
 */

const LOCAL_HEADER = Buffer.from("PK\u0003\u0004", "latin1");
const CENTRAL_HEADER = Buffer.from("PK\u0001\u0002", "latin1");
const HEADER_BYTES = 30;
const ENCRYPTED = 1;
/** The sizes follow the data. */
const STREAMED = 8;
const UTF8 = 0x800;
const STORED = 0;
const DEFLATED = 8;

/** Members that begin at an offset of `known` are left out, and so are directories. */
export function* scannedMembers(bytes: Buffer, known: ReadonlySet<number>): Generator<ArchiveMember> {
  let at = bytes.indexOf(LOCAL_HEADER);
  while (at >= 0 && at + HEADER_BYTES <= bytes.length) {
    const flags = bytes.readUInt16LE(at + 6);
    const method = bytes.readUInt16LE(at + 8);
    const nameLength = bytes.readUInt16LE(at + 26);
    const start = at + HEADER_BYTES + nameLength + bytes.readUInt16LE(at + 28);
    const stated = start + bytes.readUInt32LE(at + 18);
    const isStated = (flags & STREAMED) === 0 && stated <= bytes.length;
    const end = isStated ? stated : nextHeader(bytes, start);
    const name = bytes.toString(
      (flags & UTF8) === 0 ? "latin1" : "utf8",
      at + HEADER_BYTES,
      at + HEADER_BYTES + nameLength,
    );
    if (!name.endsWith("/") && !known.has(at)) {
      const data = bytes.subarray(start, end);
      const isCut = end === bytes.length;
      yield {
        name,
        size: isStated ? bytes.readUInt32LE(at + 22) : data.length,
        offset: at,
        unreadable: unreadableReason(flags, method),
        open: (report) => {
          const reportDamage = (damage: Damage): void => {
            // The end of the file is the damage that is reported already.
            if (!isCut || damage.lost !== undefined) {
              report(damageText(damage));
            }
          };
          return {
            chunks: method === DEFLATED ? inflate("deflate", pieces(data), reportDamage) : pieces(data),
            packed: () => data.length,
          };
        },
      };
    }
    at = bytes.indexOf(LOCAL_HEADER, Math.max(end, at + LOCAL_HEADER.length));
  }
}

function unreadableReason(flags: number, method: number): string | undefined {
  if ((flags & ENCRYPTED) !== 0) {
    return "it is encrypted";
  }
  return method === STORED || method === DEFLATED ? undefined : `its compression method ${method} is not supported`;
}

/** Where the next member or the central directory begins. */
function nextHeader(bytes: Buffer, from: number): number {
  const found = [LOCAL_HEADER, CENTRAL_HEADER].map((header) => bytes.indexOf(header, from)).filter((at) => at >= 0);
  return Math.min(bytes.length, ...found);
}

async function* pieces(data: Buffer): AsyncGenerator<Buffer> {
  yield data;
}
