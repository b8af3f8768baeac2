import type { FormatItem } from "../../record.ts";
import { type JsonLimits, type Place, rejected } from "../ndjson.ts";
import { type Piece, readPieces } from "./pieces.ts";
import { windowsEventOf } from "./windows-xml.ts";
import { readXmlElement } from "./xml-element.ts";

const END = Buffer.from("</Event>", "latin1");

/** Whether a file that begins with this text holds records as XML: one after the other, or inside of `<Events>`. */
export function looksLikeXmlEvents(head: string): boolean {
  return /^\s*(?:<\?xml[^>]*>\s*)?<Events?[\s>]/.test(head);
}

/**
 * Windows records rendered as XML (`wevtutil`, Splunk's renderXml), over as many lines as they like. A record that cannot be
 * read is a problem with its place, as is text that stands between records; the rest goes on.
 */
export async function* readXmlEvents(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: JsonLimits,
): AsyncGenerator<readonly FormatItem[]> {
  for await (const pieces of readPieces(chunks, END, limits.maxRecordBytes)) {
    yield pieces.flatMap((piece) => itemsOf(file, piece, limits));
  }
}

function itemsOf(file: string, { bytes, offset, line, ended, tooLong }: Piece, limits: JsonLimits): FormatItem[] {
  const whole: Part = { text: bytes.toString("utf8"), at: { file, offset, line } };
  if (tooLong !== undefined) {
    const message = `the record has ${tooLong.length} bytes, the limit is ${limits.maxRecordBytes}`;
    return [rejected("xml.too-long", message, whole.at)];
  }
  const starts = [...whole.text.matchAll(/<Event[\s>]/g)].map(({ index }) => index);
  const last = ended ? starts.pop() : undefined;
  const [unfinished] = starts;
  const items: FormatItem[] = [];
  const foreign = foreignText(whole.text.slice(0, unfinished ?? last));
  if (foreign !== undefined) {
    items.push(rejected("xml.foreign-text", foreign, whole.at));
  }
  if (unfinished !== undefined) {
    const message = starts.length === 1 ? "the record has no end" : `${starts.length} records have no end`;
    items.push(rejected("xml.unfinished", message, placeAt(whole, unfinished)));
  }
  if (last !== undefined) {
    items.push(recordOf({ text: whole.text.slice(last), at: placeAt(whole, last) }));
  }
  return items;
}

function recordOf(part: Part): FormatItem {
  const read = readXmlElement(part.text);
  if (!read.ok) {
    return rejected("xml.syntax", `not XML that can be read: ${read.damage.message}`, placeAt(part, read.damage.at));
  }
  const event = windowsEventOf(read.element);
  return event === undefined
    ? rejected("record.unknown-shape", "an Event element without System and EventID", part.at)
    : { kind: "windows", event, offset: part.at.offset, original: part.text };
}

/** Text that is neither the frame around records nor empty. */
function foreignText(text: string): string | undefined {
  const rest = text.replace(/<\?xml[^>]*>|<\/?Events(?:\s[^>]*)?>|^\ufeff/g, "").trim();
  return rest === "" ? undefined : `${rest.length} characters between records are no XML record and were not read`;
}

interface Part {
  readonly text: string;
  readonly at: Place & { readonly line: number };
}

function placeAt({ text, at }: Part, index: number): Part["at"] {
  const before = text.slice(0, index);
  return { ...at, offset: at.offset + Buffer.byteLength(before), line: at.line + before.split("\n").length - 1 };
}
