import { describe, expect, it } from "vitest";
import { lastWorkingDay, sampleCapture } from "./generate.ts";

const saturday = Date.parse("2026-11-21T10:00:00Z");

describe("the bundled sample", () => {
  it("covers the last complete working day", () => {
    expect(new Date(lastWorkingDay(saturday)).toISOString()).toBe("2026-11-20T00:00:00.000Z");
    expect(new Date(lastWorkingDay(Date.parse("2026-11-23T10:00:00Z"))).toISOString()).toBe("2026-11-20T00:00:00.000Z");
    expect(new Date(lastWorkingDay(Date.parse("2026-11-25T00:00:01Z"))).toISOString()).toBe("2026-11-24T00:00:00.000Z");
  });

  it("is deterministic for a day, in order of time, and records every start twice", () => {
    const lines = [...sampleCapture(saturday)];
    expect([...sampleCapture(saturday + 3_600_000)]).toEqual(lines);
    const documents = lines.map((line) => JSON.parse(line));
    const times = documents.map((document) => document["@timestamp"]);
    expect(times.toSorted()).toEqual(times);
    const ofCode = (code: string) => documents.filter(({ winlog }) => winlog.event_id === code);
    expect(ofCode("1").length).toBeGreaterThan(300);
    expect(ofCode("4688").length).toBe(ofCode("1").length);
  });

  it("numbers the records of a log uniquely, also across days", () => {
    const seen = new Set<string>();
    for (const line of [...sampleCapture(saturday), ...sampleCapture(saturday + 4 * 86_400_000)]) {
      const { winlog } = JSON.parse(line);
      const identity = `${winlog.computer_name} ${winlog.channel} ${winlog.record_id}`;
      expect(seen.has(identity)).toBe(false);
      seen.add(identity);
    }
  });
});
