import type { FormatItem } from "../../record.ts";
import type { Format, FormatOptions } from "../format.ts";
import { type RecordLocation, rejectedRecord } from "../problem.ts";
import { RecordText } from "../record-text.ts";
import { type DelimitedPart, splitAfter } from "./delimited.ts";
import { windowsEventOf } from "./windows-event.ts";
import { readXmlElement } from "./xml-element.ts";

/**
 * Windows records rendered as XML (`wevtutil`, Splunk's renderXml), one after the other or inside `<Events>`. A record
 * may span any number of lines. A record that cannot be read is a problem with its location, as is text between
 * records.
 */
export const windowsXml: Format = {
  name: "windows-xml",
  label: "Windows event XML",
  looksLike: ({ text }) => /^\s*(?:<\?xml[^>]*>\s*)?<Events?[\s>]/.test(text),
  read: async function* ({ name, chunks }, options) {
    const { from = 0 } = options;
    const text = new RecordText(name);
    for await (const parts of splitAfter(chunks, END, options.maxRecordBytes)) {
      yield parts.flatMap((part) => {
        if (part.offset + part.bytes.length > from) {
          return itemsOf(name, part, text, options);
        }
        text.skip(part.bytes);
        return [];
      });
    }
    yield text.notices();
  },
};

const END = Buffer.from("</Event>", "latin1");

/** A stretch of the file as text, with its location. */
interface Section {
  readonly text: string;
  readonly at: RecordLocation & { readonly line: number };
}

function itemsOf(
  file: string,
  part: DelimitedPart,
  decoder: RecordText,
  { maxRecordBytes }: FormatOptions,
): FormatItem[] {
  const { bytes, offset, line, complete, tooLong } = part;
  const section: Section = { text: decoder.decode(bytes), at: { file, offset, line } };
  if (tooLong !== undefined) {
    const message = `the record has ${tooLong.length} bytes, the limit is ${maxRecordBytes}`;
    return [rejectedRecord("xml.too-long", message, section.at)];
  }
  const starts = [...section.text.matchAll(/<Event[\s>]/g)].map(({ index }) => index);
  const last = complete ? starts.pop() : undefined;
  const [unfinished] = starts;
  const items: FormatItem[] = [];
  const foreign = foreignText(section.text.slice(0, unfinished ?? last));
  if (foreign !== undefined) {
    items.push(rejectedRecord("xml.foreign-text", foreign, section.at));
  }
  if (unfinished !== undefined) {
    const message = starts.length === 1 ? "the record has no end tag" : `${starts.length} records have no end tag`;
    items.push(rejectedRecord("xml.unfinished", message, locationAt(section, unfinished)));
  }
  if (last !== undefined) {
    items.push(recordOf({ text: section.text.slice(last), at: locationAt(section, last) }));
  }
  return items;
}

function recordOf(section: Section): FormatItem {
  const parsed = readXmlElement(section.text);
  if (!parsed.ok) {
    const { message, at } = parsed.fault;
    return rejectedRecord("xml.syntax", `not valid XML: ${message}`, locationAt(section, at));
  }
  const event = windowsEventOf(parsed.element);
  return event === undefined
    ? rejectedRecord("record.unknown-shape", "an Event element without System and EventID", section.at)
    : { kind: "windows", event, offset: section.at.offset, original: section.text };
}

/** Describes text between records; `undefined` when there is only white space and the enclosing document. */
function foreignText(text: string): string | undefined {
  const rest = text.replace(/<\?xml[^>]*>|<\/?Events(?:\s[^>]*)?>|^\ufeff/g, "").trim();
  return rest === "" ? undefined : `${rest.length} characters between records are not XML records and were skipped`;
}

/** The location of the character at `index` of a section. */
function locationAt({ text, at }: Section, index: number): Section["at"] {
  const before = text.slice(0, index);
  return { ...at, offset: at.offset + Buffer.byteLength(before), line: at.line + before.split("\n").length - 1 };
}
