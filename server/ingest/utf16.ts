import { asBuffer } from "./byte-stream.ts";

/** Text in UTF-16, as Windows programs write it, as UTF-8. */

export interface Utf16 {
  readonly name: "UTF-16LE" | "UTF-16BE";
  readonly swapped: boolean;
}

const littleEndian: Utf16 = { name: "UTF-16LE", swapped: false };
const bigEndian: Utf16 = { name: "UTF-16BE", swapped: true };

/** How every text format begins: white space, a brace, a bracket or a tag. */
const FIRST = new Set(Buffer.from(" \t\r\n{[<", "latin1"));

/** The encoding of a file that begins with a byte order mark or with a character of a text format in UTF-16. */
export function utf16Of(head: Buffer): Utf16 | undefined {
  const [first = 0, second = 0] = head;
  if (head.length < 4) {
    return undefined;
  }
  if ((first === 0xff && second === 0xfe) || (FIRST.has(first) && second === 0 && head[2] !== 0 && head[3] === 0)) {
    return littleEndian;
  }
  if ((first === 0xfe && second === 0xff) || (first === 0 && FIRST.has(second) && head[2] === 0 && head[3] !== 0)) {
    return bigEndian;
  }
  return undefined;
}

/** The stream in UTF-8 without a byte order mark. `report` is called at the end if some of it was not valid. */
export async function* utf8From(
  chunks: AsyncIterable<Uint8Array>,
  { swapped }: Utf16,
  report: (what: string) => void,
): AsyncGenerator<Buffer> {
  let rest = "";
  let left: Buffer = Buffer.alloc(0);
  let isFirst = true;
  let broken = false;
  const encode = (text: string): Buffer => {
    const start = isFirst && text.startsWith("\ufeff") ? 1 : 0;
    isFirst &&= text === "";
    broken ||= !text.isWellFormed();
    return Buffer.from(start === 0 ? text : text.slice(start), "utf8");
  };
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([left, asBuffer(chunk)]);
    const even = bytes.length & ~1;
    left = Buffer.from(bytes.subarray(even));
    const units = bytes.subarray(0, even);
    let text = rest + (swapped ? Buffer.from(units).swap16() : units).toString("utf16le");
    // The second half of a character may be in the next chunk.
    rest = isHighSurrogate(text) ? text.slice(-1) : "";
    text = rest === "" ? text : text.slice(0, -1);
    if (text !== "") {
      yield encode(text);
    }
  }
  if (rest !== "") {
    yield encode(rest);
  }
  if (broken || left.length > 0) {
    report(left.length > 0 ? "it ends inside a character" : "halves of characters were replaced");
  }
}

function isHighSurrogate(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
