import type { FieldValue, SourceRef } from "#contracts/event";
import type { StemmaEvent } from "../../event/event.ts";
import { isoTime } from "../../event/time.ts";

/**
 * The text form of a run of events ("segment"). Events of one kind have the same fields and mostly the same origin, so the
 * first text holds names with types ("shapes") and origins once, as JSON; every other text is one event, readable with the
 * first one alone: its parts, the values of its fields among them, with a separator between. JSON would spend more time on
 * escaping than on anything else, so it stands in only for an event whose texts hold the separator or are no
 * well-formed Unicode.
 */

interface Heading {
  readonly shapes: readonly Shape[];
  readonly origins: readonly Origin[];
}

interface Shape {
  /** In the event's order. */
  readonly names: readonly string[];
  /** One letter per name: text, number, boolean, list as JSON. */
  readonly types: string;
}

type Origin = Pick<SourceRef, "file" | "provider" | "channel" | "code">;

const SEPARATOR = "\u0000";
/** In front of an event whose parts are a JSON list; no other begins with it, as an empty id goes that way too. */
const AS_JSON = SEPARATOR;
/** Parts before the values: id, time, shape, origin, which of the next are there, offset, record id, source's own id and time. */
const VALUES = 9;

/** The heading and one text per event. */
export function segmentTexts(events: readonly StemmaEvent[]): readonly string[] {
  const shapes: Shape[] = [];
  const origins: Origin[] = [];
  /** The shape that an event of this code had last; most have the same again. */
  const shapeByCode = new Map<string | undefined, number>();
  const shapeByNames = new Map<string, number>();
  const originByText = new Map<string, number>();
  const lines = events.map(({ id, time, fields, source }) => {
    const { file, provider, channel, code, offset, recordId } = source;
    const origin = `${code}\n${channel}\n${provider}\n${file}`;
    const own = source.eventId === id && source.time === isoTime(time);
    const parts = [
      id,
      String(time),
      "",
      String(placeOf(originByText, origin, { file, provider, channel, code }, origins)),
      `${offset === undefined ? "" : "o"}${recordId === undefined ? "" : "r"}${own ? "" : "s"}`,
      offset === undefined ? "" : String(offset),
      recordId ?? "",
      own ? "" : source.eventId,
      own ? "" : source.time,
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
      shape = placeOf(shapeByNames, JSON.stringify([types, names]), { names, types }, shapes);
      shapeByCode.set(code, shape);
    }
    parts[2] = String(shape);
    const joined = parts.join(SEPARATOR);
    // UTF-8 cannot hold half of a surrogate pair, which UTF-16 logs can; JSON escapes it.
    const plain = id !== "" && joined.isWellFormed() && countOf(joined, SEPARATOR) === parts.length - 1;
    return plain ? joined : AS_JSON + JSON.stringify(parts);
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

function placeOf<T>(known: Map<string, number>, text: string, value: T, all: T[]): number {
  let place = known.get(text);
  if (place === undefined) {
    place = all.length;
    all.push(value);
    known.set(text, place);
  }
  return place;
}

/** Reads events of one segment. */
export function segmentDecoder(heading: string): (line: string) => StemmaEvent {
  // Written by `segmentTexts` in this file; what is not is a damaged database.
  const { shapes, origins } = JSON.parse(heading) as Heading;
  return (line) => {
    const parts = line.startsWith(AS_JSON) ? (JSON.parse(line.slice(1)) as string[]) : line.split(SEPARATOR);
    const [id, time, place, from, present = "", offset, recordId, sourceId = "", sourceTime = ""] = parts;
    const own = !present.includes("s");
    const shape = shapes[Number(place)];
    const origin = origins[Number(from)];
    if (id === undefined || shape === undefined || origin === undefined) {
      throw new Error("damaged segment: not an event");
    }
    // No prototype: a field called `constructor` must be absent unless the event has it.
    const fields: Record<string, FieldValue> = Object.create(null);
    for (const [index, name] of shape.names.entries()) {
      fields[name] = fieldValue(shape.types[index], parts[index + VALUES] ?? "");
    }
    const { file, provider, channel, code } = origin;
    return {
      id,
      time: Number(time),
      fields,
      source: {
        eventId: own ? id : sourceId,
        file,
        ...(present.includes("o") ? { offset: Number(offset) } : {}),
        ...(provider === undefined ? {} : { provider }),
        ...(channel === undefined ? {} : { channel }),
        ...(code === undefined ? {} : { code }),
        ...(present.includes("r") ? { recordId } : {}),
        time: own ? isoTime(Number(time)) : sourceTime,
      },
    };
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

/** Text is kept as it stood in the file, other values as JSON; the first character tells which. */
export function originalText(original: unknown): string {
  return typeof original === "string" ? `t${original}` : `j${JSON.stringify(original) ?? ""}`;
}

/** The record as it was read. Text that is JSON comes back parsed. */
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
