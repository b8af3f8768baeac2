import type { Fields, FieldValue, SourceRef } from "#contracts/event";
import type { StemmaEvent } from "../../event/event.ts";
import { isoTime } from "../../event/time.ts";

/**
 * The text form of a run of events (a segment). Events of one kind have the same fields and mostly the same origin, so
 * the first text holds field names with types ("shapes") and origins once, as JSON. Every other text is one event,
 * readable given the first one: its parts, including the values of its fields, joined by a separator. JSON would spend
 * most of its time on escaping, so it is used only for an event that contains the separator or text that is not
 * well-formed Unicode.
 */

/** Stored as JSON: these property names are part of the format, and so are those of `Shape` and `Origin`. */
interface Heading {
  readonly shapes: readonly Shape[];
  readonly origins: readonly Origin[];
}

interface Shape {
  /** In the event's order. */
  readonly names: readonly string[];
  /** One letter per name: `t`ext, `n`umber, `b`oolean, `l`ist as JSON. */
  readonly types: string;
}

type Origin = Pick<SourceRef, "file" | "provider" | "channel" | "code">;

const SEPARATOR = "\u0000";
/**
 * Marks an event whose parts are a JSON list. No other begins with it: an event with an empty id is written as JSON,
 * too.
 */
const AS_JSON = SEPARATOR;
/**
 * The number of parts before the field values: id, time, shape, origin, flags, offset, record id, event id and time of
 * the source.
 */
const FIRST_VALUE = 9;
/** The part with the number of the shape. */
const SHAPE = 2;

/** The heading and one text per event. */
export function segmentTexts(events: readonly StemmaEvent[]): readonly string[] {
  const shapes: Shape[] = [];
  const origins: Origin[] = [];
  /** The shape of the last event with this code; the next one usually has the same. */
  const shapeByCode = new Map<string | undefined, number>();
  const shapeByNames = new Map<string, number>();
  const originByText = new Map<string, number>();
  const lines = events.map(({ id, time, fields, source }) => {
    const { file, provider, channel, code, offset, recordId } = source;
    const origin = `${code}\n${channel}\n${provider}\n${file}`;
    const isSameAsSource = source.eventId === id && source.time === isoTime(time);
    const parts = [
      id,
      String(time),
      "",
      String(indexOf(originByText, origin, { file, provider, channel, code }, origins)),
      `${offset === undefined ? "" : "o"}${recordId === undefined ? "" : "r"}${isSameAsSource ? "" : "s"}`,
      offset === undefined ? "" : String(offset),
      recordId ?? "",
      isSameAsSource ? "" : source.eventId,
      isSameAsSource ? "" : source.time,
    ];
    const names = Object.keys(fields);
    let types = "";
    for (const name of names) {
      const value = fields[name];
      if (typeof value === "string") {
        types += "t";
        parts.push(value);
      } else {
        types += typeof value === "object" ? "l" : typeof value === "number" ? "n" : "b";
        parts.push(typeof value === "object" ? JSON.stringify(value) : String(value));
      }
    }
    let shape = shapeByCode.get(code);
    if (shape === undefined || !isShape(shapes[shape], names, types)) {
      shape = indexOf(shapeByNames, JSON.stringify([types, names]), { names, types }, shapes);
      shapeByCode.set(code, shape);
    }
    parts[SHAPE] = String(shape);
    const joined = parts.join(SEPARATOR);
    // UTF-16 logs can contain half of a surrogate pair. UTF-8 cannot encode it, JSON escapes it.
    const isPlain = id !== "" && joined.isWellFormed() && countOf(joined, SEPARATOR) === parts.length - 1;
    return isPlain ? joined : AS_JSON + JSON.stringify(parts);
  });
  const heading: Heading = { shapes, origins };
  return [JSON.stringify(heading), ...lines];
}

function isShape(shape: Shape | undefined, names: readonly string[], types: string): boolean {
  return (
    types === shape?.types &&
    names.length === shape.names.length &&
    names.every((name, index) => name === shape.names[index])
  );
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    count += 1;
  }
  return count;
}

/** The index of a value in `all`, to which it is added unless `indexes` has its text. */
function indexOf<T>(indexes: Map<string, number>, text: string, value: T, all: T[]): number {
  let index = indexes.get(text);
  if (index === undefined) {
    index = all.length;
    all.push(value);
    indexes.set(text, index);
  }
  return index;
}

/** Reads the events of a segment from their texts. */
export interface SegmentDecoder {
  event(line: string): StemmaEvent;
  /** A reader of some fields only: whoever tests many events for a few of them reads only these. */
  reading(names: ReadonlySet<string>): (line: string) => Fields;
}

/** A reader for the events of a segment, given its heading. */
export function segmentDecoder(heading: string): SegmentDecoder {
  // Written by `segmentTexts`; anything else is a damaged database.
  const parsed = JSON.parse(heading) as Heading;
  return { event: eventDecoder(parsed), reading: (names) => fieldReader(parsed, names) };
}

const partsOf = (line: string): string[] =>
  line.startsWith(AS_JSON) ? (JSON.parse(line.slice(1)) as string[]) : line.split(SEPARATOR);

function eventDecoder({ shapes, origins }: Heading): (line: string) => StemmaEvent {
  return (line) => {
    const parts = partsOf(line);
    const [id, time, shapeIndex, originIndex, flags = "", offset, recordId, sourceId = "", sourceTime = ""] = parts;
    const isSameAsSource = !flags.includes("s");
    const shape = shapes[Number(shapeIndex)];
    const origin = origins[Number(originIndex)];
    if (id === undefined || shape === undefined || origin === undefined) {
      throw new Error("damaged segment: not an event");
    }
    // No prototype: a field called `constructor` must be absent unless the event has one.
    const fields: Record<string, FieldValue> = Object.create(null);
    for (const [index, name] of shape.names.entries()) {
      fields[name] = fieldValue(shape.types[index], parts[index + FIRST_VALUE] ?? "");
    }
    const { file, provider, channel, code } = origin;
    return {
      id,
      time: Number(time),
      fields,
      source: {
        eventId: isSameAsSource ? id : sourceId,
        file,
        ...(flags.includes("o") ? { offset: Number(offset) } : {}),
        ...(provider === undefined ? {} : { provider }),
        ...(channel === undefined ? {} : { channel }),
        ...(code === undefined ? {} : { code }),
        ...(flags.includes("r") ? { recordId } : {}),
        time: isSameAsSource ? isoTime(Number(time)) : sourceTime,
      },
    };
  };
}

function fieldReader({ shapes }: Heading, names: ReadonlySet<string>): (line: string) => Fields {
  const wantedOf = shapes.map((shape) =>
    shape.names.flatMap((name, index) =>
      names.has(name) ? [{ name, type: shape.types[index], part: index + FIRST_VALUE }] : [],
    ),
  );
  return (line) => {
    const fields: Record<string, FieldValue> = Object.create(null);
    const part = line.startsWith(AS_JSON) ? partOfList(partsOf(line)) : partOfText(line);
    const wanted = wantedOf[Number(part(SHAPE))];
    if (wanted === undefined) {
      throw new Error("damaged segment: not an event");
    }
    for (const { name, type, part: index } of wanted) {
      fields[name] = fieldValue(type, part(index));
    }
    return fields;
  };
}

/** Reads parts in ascending order. */
type PartReader = (index: number) => string;

function partOfList(parts: readonly string[]): PartReader {
  return (index) => parts[index] ?? "";
}

/** Most parts are passed without a copy: splitting the text would make all of them. */
function partOfText(line: string): PartReader {
  let at = 0;
  let start = 0;
  return (index) => {
    for (; at < index; at += 1) {
      const end = line.indexOf(SEPARATOR, start);
      if (end < 0) {
        return "";
      }
      start = end + 1;
    }
    const end = line.indexOf(SEPARATOR, start);
    return end < 0 ? line.slice(start) : line.slice(start, end);
  };
}

function fieldValue(type: string | undefined, text: string): FieldValue {
  switch (type) {
    case "n":
      return Number(text);
    case "b":
      return text === "true";
    case "l":
      return JSON.parse(text) as FieldValue;
    default:
      return text;
  }
}

/** Text is stored unchanged, any other value as JSON; the first character distinguishes them. */
export function originalText(original: unknown): string {
  return typeof original === "string" ? `t${original}` : `j${JSON.stringify(original) ?? ""}`;
}

/** The original record as it was given to `originalText`: text from a text format, a value from a binary one. */
export function givenOriginal(text: string): unknown {
  return text.startsWith("t") ? text.slice(1) : parseOriginal(text);
}

/** The original record. Text that is JSON is returned parsed. */
export function parseOriginal(text: string): unknown {
  const content = text.slice(1);
  if (text.startsWith("t")) {
    try {
      return JSON.parse(content);
    } catch {
      return content;
    }
  }
  return content === "" ? undefined : JSON.parse(content);
}
