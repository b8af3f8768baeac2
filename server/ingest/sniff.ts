import { looksLikeEvtx } from "./formats/evtx/read-evtx.ts";
import { looksLikeXmlEvents } from "./formats/xml/read-xml.ts";

/** What a file is, decided by its first bytes; names and extensions say nothing. */

export type Format = "evtx" | "ndjson" | "json-values" | "xml";
export type Sniffed =
  | { readonly kind: "format"; readonly format: Format }
  | { readonly kind: "none"; readonly reason: string };

/** How many bytes the decision needs at most. */
export const SNIFF_BYTES = 4096;

const FOREIGN: readonly (readonly [what: string, at: number, magic: Buffer])[] = [
  ["a packet capture (pcapng)", 0, Buffer.from([0x0a, 0x0d, 0x0d, 0x0a])],
  ["a packet capture (pcap)", 0, Buffer.from([0xd4, 0xc3, 0xb2, 0xa1])],
  ["a packet capture (pcap)", 0, Buffer.from([0xa1, 0xb2, 0xc3, 0xd4])],
  ["a video (MP4)", 4, Buffer.from("ftyp", "latin1")],
  ["a Windows program", 0, Buffer.from("MZ", "latin1")],
  ["a Linux program", 0, Buffer.from([0x7f, 0x45, 0x4c, 0x46])],
  ["an image (PNG)", 0, Buffer.from([0x89, 0x50, 0x4e, 0x47])],
  ["a PDF document", 0, Buffer.from("%PDF", "latin1")],
  ["an SQLite database", 0, Buffer.from("SQLite format 3\0", "latin1")],
  ["a 7z archive", 0, Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])],
  ["UTF-16 text", 0, Buffer.from([0xff, 0xfe])],
  ["UTF-16 text", 0, Buffer.from([0xfe, 0xff])],
  ["XML", 0, Buffer.from("<", "latin1")],
];

/** The format of a file that begins with `head`. */
export function sniff(head: Buffer): Sniffed {
  if (head.length === 0) {
    return { kind: "none", reason: "the file is empty" };
  }
  if (looksLikeEvtx(head)) {
    return { kind: "format", format: "evtx" };
  }
  const text = head.toString("latin1").replace(/^\xef\xbb\xbf/, "");
  if (looksLikeXmlEvents(text)) {
    return { kind: "format", format: "xml" };
  }
  for (const [what, at, magic] of FOREIGN) {
    if (startsWith(head, at, magic)) {
      return { kind: "none", reason: `${what}, not telemetry that can be read here` };
    }
  }
  const first = /\S/.exec(text)?.index ?? 0;
  const behind = text.slice(first + 1);
  if (text[first] === "{") {
    // An object that goes on in the next line is one of several that are written over many lines.
    return { kind: "format", format: /^[ \t]*\r?\n/.test(behind) ? "json-values" : "ndjson" };
  }
  if (text[first] === "[" && /^\s*(?:[{\]]|$)/.test(behind)) {
    return { kind: "format", format: "json-values" };
  }
  return { kind: "none", reason: "no format that can be read: neither an event log (EVTX) nor events as JSON or XML" };
}

function startsWith(head: Buffer, at: number, magic: Buffer): boolean {
  return head.length >= at + magic.length && head.subarray(at, at + magic.length).equals(magic);
}

export function looksLikeGzip(head: Buffer): boolean {
  return head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 0x08;
}

/** A zip with members, or the end record of an empty one. */
export function looksLikeZip(head: Buffer): boolean {
  if (head.length < 4 || head[0] !== 0x50 || head[1] !== 0x4b) {
    return false;
  }
  return (head[2] === 3 && head[3] === 4) || (head[2] === 5 && head[3] === 6);
}
