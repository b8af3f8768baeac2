/**
 * Values of binary XML as the text Windows renders for them (the XML view of Event Viewer). Types and layouts follow
 * [MS-EVEN6] section 2.2.12 and the libevtx format description.
 */
import type { Bytes } from "./bytes.ts";

/** Value types of a substitution; `array` is a flag combined with one of the others. */
export const valueType = {
  absent: 0x00,
  text: 0x01,
  ansiText: 0x02,
  int8: 0x03,
  uint8: 0x04,
  int16: 0x05,
  uint16: 0x06,
  int32: 0x07,
  uint32: 0x08,
  int64: 0x09,
  uint64: 0x0a,
  float32: 0x0b,
  float64: 0x0c,
  boolean: 0x0d,
  binary: 0x0e,
  guid: 0x0f,
  pointer: 0x10,
  fileTime: 0x11,
  systemTime: 0x12,
  sid: 0x13,
  hex32: 0x14,
  hex64: 0x15,
  handle: 0x20,
  binaryXml: 0x21,
  xmlText: 0x23,
  array: 0x80,
} as const;

const ansi = new TextDecoder("windows-1252");
const scratch = Buffer.alloc(512);
const upperHex = Buffer.from("0123456789ABCDEF", "latin1");
const [dash, openBrace, closeBrace] = [0x2d, 0x7b, 0x7d];
/** The order in which the 16 bytes of a GUID are printed; -1 is a dash. */
const guidOrder = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15];

/** UTF-16 text of `size` bytes without trailing zeros. Text of code units below 0x100 becomes a one-byte string. */
export function utf16Text(bytes: Bytes, start: number, size: number): string {
  const { buffer } = bytes;
  let end = start + (size & ~1);
  while (end > start && buffer[end - 1] === 0 && buffer[end - 2] === 0) end -= 2;
  if (end === start) return "";
  if (end - start > scratch.length * 2) return buffer.toString("utf16le", start, end);
  let length = 0;
  for (let at = start; at < end; at += 2) {
    if (buffer[at + 1] !== 0) return buffer.toString("utf16le", start, end);
    scratch[length++] = buffer[at] ?? 0;
  }
  return scratch.toString("latin1", 0, length);
}

function guidText(bytes: Bytes, at: number): string {
  let length = 0;
  scratch[length++] = openBrace;
  for (const index of guidOrder) {
    if (index < 0) {
      scratch[length++] = dash;
      continue;
    }
    const byte = bytes.buffer[at + index] ?? 0;
    scratch[length++] = upperHex[byte >> 4] ?? 0;
    scratch[length++] = upperHex[byte & 15] ?? 0;
  }
  scratch[length++] = closeBrace;
  return scratch.toString("latin1", 0, length);
}

function unsigned64Text(bytes: Bytes, at: number, radix: 10 | 16): string {
  const high = bytes.view.getUint32(at + 4, true);
  if (high < 0x200000) return (high * 0x100000000 + bytes.view.getUint32(at, true)).toString(radix);
  return bytes.view.getBigUint64(at, true).toString(radix);
}

const millisecondsTo1970 = 11_644_473_600_000;

/** Epoch milliseconds of a FILETIME (100 ns since 1601), rounded down; exact for all 64 bits. */
export function fileTimeMilliseconds(bytes: Bytes, at: number): number {
  const high = bytes.view.getUint32(at + 4, true);
  const low = bytes.view.getUint32(at, true);
  return high * 429_496 + Math.floor((high * 7296 + low) / 10_000) - millisecondsTo1970;
}

// Neighbouring records share their second, and formatting the date is the expensive part.
let lastSecond = Number.NaN;
let lastSecondText = "";

function fileTimeText(bytes: Bytes, at: number): string {
  const high = bytes.view.getUint32(at + 4, true);
  const ticks = (high * 7296 + bytes.view.getUint32(at, true)) % 10_000;
  const time = fileTimeMilliseconds(bytes, at);
  const second = Math.floor(time / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastSecondText = new Date(second * 1000).toISOString().slice(0, -4);
  }
  return `${lastSecondText}${String((time - second * 1000) * 10_000 + ticks).padStart(7, "0")}Z`;
}

function systemTimeText(bytes: Bytes, at: number): string {
  const part = (index: number, width = 2) => String(bytes.view.getUint16(at + index * 2, true)).padStart(width, "0");
  return `${part(0, 4)}-${part(1)}-${part(3)}T${part(4)}:${part(5)}:${part(6)}.${part(7, 3)}Z`;
}

function sidText(bytes: Bytes, at: number, size: number): string {
  const count = bytes.buffer[at + 1] ?? 0;
  if (size < 8 + count * 4) return binaryText(bytes, at, size);
  let authority = 0;
  for (let index = 2; index < 8; index++) authority = authority * 256 + (bytes.buffer[at + index] ?? 0);
  let text = `S-${bytes.buffer[at] ?? 0}-${authority > 0xffffffff ? `0x${authority.toString(16)}` : authority}`;
  for (let index = 0; index < count; index++) text += `-${bytes.view.getUint32(at + 8 + index * 4, true)}`;
  return text;
}

function binaryText(bytes: Bytes, at: number, size: number): string {
  return bytes.buffer.toString("hex", at, at + size).toUpperCase();
}

function booleanText(bytes: Bytes, at: number, size: number): string {
  for (let index = 0; index < size; index++) if (bytes.buffer[at + index] !== 0) return "true";
  return "false";
}

/** Minimum bytes of a value by type; 0 where it may be empty. */
const widths: readonly number[] = [0, 0, 0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 1, 0, 16, 4, 8, 16, 8, 4, 8];

/**
 * The text of one scalar value. A value shorter than its type requires is rendered as hex bytes, so that nothing is
 * lost; an empty one is empty text. `start` and `size` must lie within the chunk.
 */
export function scalarText(bytes: Bytes, type: number, start: number, size: number): string {
  if (type === valueType.text) return utf16Text(bytes, start, size);
  if (size === 0) return "";
  if (size < (widths[type] ?? 0)) return binaryText(bytes, start, size);
  switch (type) {
    case valueType.absent:
      return "";
    case valueType.ansiText: {
      const text = ansi.decode(bytes.buffer.subarray(start, start + size));
      const end = text.indexOf("\0");
      return end < 0 ? text : text.slice(0, end);
    }
    case valueType.int8:
      return String(bytes.view.getInt8(start));
    case valueType.uint8:
      return String(bytes.view.getUint8(start));
    case valueType.int16:
      return String(bytes.view.getInt16(start, true));
    case valueType.uint16:
      return String(bytes.view.getUint16(start, true));
    case valueType.int32:
      return String(bytes.view.getInt32(start, true));
    case valueType.uint32:
      return String(bytes.view.getUint32(start, true));
    case valueType.int64:
      return bytes.view.getBigInt64(start, true).toString();
    case valueType.uint64:
      return unsigned64Text(bytes, start, 10);
    case valueType.float32:
      // The shortest decimal for the 32-bit number, not the digits of its 64-bit conversion.
      return String(Number(bytes.view.getFloat32(start, true).toPrecision(7)));
    case valueType.float64:
      return String(bytes.view.getFloat64(start, true));
    case valueType.boolean:
      return booleanText(bytes, start, size);
    case valueType.guid:
      return guidText(bytes, start);
    case valueType.pointer:
    case valueType.handle:
    case valueType.hex32:
    case valueType.hex64:
      if (size < 4) return binaryText(bytes, start, size);
      return size < 8 || type === valueType.hex32
        ? `0x${bytes.view.getUint32(start, true).toString(16)}`
        : `0x${unsigned64Text(bytes, start, 16)}`;
    case valueType.fileTime:
      return fileTimeText(bytes, start);
    case valueType.systemTime:
      return systemTimeText(bytes, start);
    case valueType.sid:
      return sidText(bytes, start, size);
    case valueType.xmlText:
      return utf16Text(bytes, start, size);
    default:
      return binaryText(bytes, start, size);
  }
}

/** The items of an array value: zero-terminated texts, SIDs of variable length, everything else of fixed width. */
export function arrayTexts(bytes: Bytes, type: number, start: number, size: number): readonly string[] {
  const itemType = type & ~valueType.array;
  const items: string[] = [];
  const end = start + size;
  if (itemType === valueType.text || itemType === valueType.ansiText) {
    const width = itemType === valueType.text ? 2 : 1;
    let from = start;
    for (let at = start; at + width <= end; at += width) {
      if (bytes.buffer[at] !== 0 || (width === 2 && bytes.buffer[at + 1] !== 0)) continue;
      items.push(scalarText(bytes, itemType, from, at - from));
      from = at + width;
    }
    if (end - from >= width) items.push(scalarText(bytes, itemType, from, end - from));
    return items;
  }
  const fixed = itemWidth(itemType, size);
  for (let at = start; at < end; ) {
    const full = itemType === valueType.sid ? 8 + (bytes.buffer[at + 1] ?? 0) * 4 : fixed;
    const width = Math.min(full, end - at);
    items.push(scalarText(bytes, itemType, at, width));
    at += width;
  }
  return items;
}

function itemWidth(itemType: number, total: number): number {
  if (itemType === valueType.boolean) return 4;
  if (itemType === valueType.pointer) return total % 8 === 0 ? 8 : 4;
  return widths[itemType] || total;
}
