import type { FieldValue, SourceRef } from "#contracts/event";
import type { StemmaEvent } from "../event/event.ts";
import { isoTime } from "../event/time.ts";

/**
 * The text form of a run of events ("segment"). Events of one kind have the same fields and mostly the same origin, so the
 * first text holds the names ("shapes") and origins once; every other text is one event, readable with the first one alone.
 */

interface Heading {
  /** Field names of a kind of event, in the event's order. */
  readonly shapes: readonly (readonly string[])[];
  readonly origins: readonly Origin[];
}

type Origin = Pick<SourceRef, "file" | "provider" | "channel" | "code">;

type Line = readonly [
  id: string,
  time: number,
  shape: number,
  origin: number,
  offset: number | null,
  recordId: string | null,
  /** Event id and time of the source where they are not the event's own. */
  source: readonly [eventId: string, time: string] | 0,
  ...values: FieldValue[],
];
const VALUES = 7;

/** The heading and one text per event. */
export function segmentTexts(events: readonly StemmaEvent[]): readonly string[] {
  const shapes: (readonly string[])[] = [];
  const origins: Origin[] = [];
  /** The shape that an event of this code had last; most have the same again. */
  const shapeByCode = new Map<string | undefined, number>();
  const shapeByNames = new Map<string, number>();
  const originByText = new Map<string, number>();
  const lines = events.map(({ id, time, fields, source }) => {
    const line: unknown[] = [id, time, 0, 0, source.offset ?? null, source.recordId ?? null];
    line.push(source.eventId === id && source.time === isoTime(time) ? 0 : [source.eventId, source.time]);
    const names = Object.keys(fields);
    for (const name of names) {
      line.push(fields[name]);
    }
    let shape = shapeByCode.get(source.code);
    if (shape === undefined || !areSame(names, shapes[shape])) {
      shape = placeOf(shapeByNames, JSON.stringify(names), names, shapes);
      shapeByCode.set(source.code, shape);
    }
    line[2] = shape;
    const { file, provider, channel, code } = source;
    line[3] = placeOf(
      originByText,
      `${code}\n${channel}\n${provider}\n${file}`,
      { file, provider, channel, code },
      origins,
    );
    return JSON.stringify(line);
  });
  const heading: Heading = { shapes, origins };
  return [JSON.stringify(heading), ...lines];
}

function areSame(names: readonly string[], others: readonly string[] | undefined): boolean {
  return names.length === others?.length && names.every((name, index) => name === others[index]);
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
  return (text) => {
    const line = JSON.parse(text) as Line;
    const [id, time, shape, from, offset, recordId, own] = line;
    const names = shapes[shape];
    const origin = origins[from];
    if (typeof id !== "string" || typeof time !== "number" || names === undefined || origin === undefined) {
      throw new Error("damaged segment: not an event");
    }
    // No prototype: a field called `constructor` must be absent unless the event has it.
    const fields: Record<string, FieldValue> = Object.create(null);
    for (let index = 0; index < names.length; index += 1) {
      const value = line[index + VALUES];
      if (value !== undefined) {
        fields[names[index] ?? ""] = value as FieldValue;
      }
    }
    const { file, provider, channel, code } = origin;
    return {
      id,
      time,
      fields,
      source: {
        eventId: own === 0 ? id : own[0],
        file,
        ...(offset === null ? {} : { offset }),
        ...(provider === undefined ? {} : { provider }),
        ...(channel === undefined ? {} : { channel }),
        ...(code === undefined ? {} : { code }),
        ...(recordId === null ? {} : { recordId }),
        time: own === 0 ? isoTime(time) : own[1],
      },
    };
  };
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
