import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldValue } from "#contracts/event";
import type { StemmaEvent } from "../../event/event.ts";
import { packTexts, unpackTexts } from "./pack-texts.ts";
import { segmentDecoder, segmentTexts } from "./segment-text.ts";

/** Hostile texts: separators, quotes, names of the language, any character. */
const text = fc.oneof(
  fc.string({ unit: "binary-ascii" }),
  fc.constantFrom(
    "",
    "\u0000",
    "\ud800",
    "a\udc00b",
    "a\u0000b",
    "\u0001",
    "[",
    '"',
    "\\",
    "__proto__",
    "ſ",
    "𐐀",
    "null",
    "1",
  ),
);
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true, min: 1 }));
const value: fc.Arbitrary<FieldValue> = fc.oneof(scalar, fc.array(scalar));
const event: fc.Arbitrary<StemmaEvent> = fc
  .record(
    {
      id: text,
      time: fc.integer({ min: -8.64e15, max: 8.64e15 }),
      fields: fc.array(fc.tuple(text, value)),
      source: fc.record(
        {
          eventId: text,
          file: text,
          time: text,
          offset: fc.nat(),
          provider: text,
          channel: text,
          code: fc.constantFrom("1", "4688"),
          recordId: text,
        },
        { requiredKeys: ["eventId", "file", "time"] },
      ),
    },
    { requiredKeys: ["id", "time", "fields", "source"] },
  )
  .map(({ fields, ...rest }) => {
    const bare: Record<string, FieldValue> = Object.create(null);
    for (const [name, given] of fields) {
      bare[name] = given;
    }
    return { ...rest, fields: bare };
  });

describe("a segment", () => {
  it("gives back every event as it was, alone or among others", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const [heading = "", ...lines] = unpackTexts(packTexts(segmentTexts(events)));
        const decoded = lines.map(segmentDecoder(heading).event);
        expect(decoded).toEqual(events);
        for (const read of decoded) {
          expect(Object.getPrototypeOf(read.fields)).toBe(null);
        }
      }),
    );
  });

  it("gives some fields of an event without reading the others", () => {
    const names = fc.array(text, { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), names, fc.boolean(), (events, others, known) => {
        const wanted = new Set([
          ...others,
          ...(known ? events.flatMap(({ fields }) => Object.keys(fields)[0] ?? []) : []),
        ]);
        const [heading = "", ...lines] = unpackTexts(packTexts(segmentTexts(events)));
        const some = (all: StemmaEvent["fields"]) => Object.entries(all).filter(([name]) => wanted.has(name));
        const read = lines.map(segmentDecoder(heading).reading(wanted));
        expect(read.map((fields) => Object.entries(fields))).toEqual(events.map(({ fields }) => some(fields)));
      }),
    );
  });

  it("is refused when it is damaged", () => {
    expect(() => segmentDecoder('{"shapes":[],"origins":[]}').event("no event")).toThrow("damaged segment");
  });
});
