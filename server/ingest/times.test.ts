import { describe, expect, it } from "vitest";
import { writeEvtx } from "../../test/factories/evtx-writer.ts";
import { readEvents } from "./read.ts";

async function read(content: string | Uint8Array) {
  async function* stdin() {
    yield Buffer.from(content);
  }
  const times: unknown[] = [];
  const problems: string[] = [];
  for await (const batch of readEvents(["-"], { stdin: stdin() })) {
    times.push(...batch.events.map(({ event }) => [event.source.time, event.fields["stemma.time.estimated"]]));
    problems.push(...batch.problems.map(({ problem }) => `${problem.code}: ${problem.message}`));
  }
  return { times, problems };
}

const readJson = (...values: readonly object[]) => read(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
const xml = (time: string) =>
  `<Event><System><Provider Name="Example"/><EventID>7</EventID><TimeCreated SystemTime="${time}"/></System></Event>`;

const certain = ["2024-05-06T10:00:01.000Z", undefined];
const numbers = [1_714_989_601, 1_714_989_601_000, 1_714_989_601_000_000, 1_714_989_601_000_000_000];

/** Records with a time in the one field that the shape has for it. */
const withTime: Readonly<Record<string, (time: unknown) => object>> = {
  EventTime: (time) => ({ EventID: 7, SourceName: "Example", EventTime: time }),
  TimeCreated: (time) => ({ EventID: 7, SourceName: "Example", TimeCreated: time }),
  "@timestamp": (time) => ({ "@timestamp": time, event: { code: 7 } }),
  "@timestamp of a flat record": (time) => ({ EventID: 7, SourceName: "Example", "@timestamp": time }),
  _time: (time) => ({ EventID: 7, SourceName: "Example", _time: time }),
  "@timestamp of Winlogbeat 6": (time) => ({ event_id: 7, log_name: "Application", "@timestamp": time }),
  TimeGenerated: (time) => ({ EventID: 7, EventData: { a: "b" }, TimeGenerated: time }),
  "UtcTime of Sysmon": (time) => ({
    EventID: 5,
    SourceName: "Microsoft-Windows-Sysmon",
    EventTime: "2024-05-06 12:00:01",
    UtcTime: time,
  }),
};

describe.each(Object.entries(withTime))("a time in %s", (_, record) => {
  it("may be a number since 1970 or its text, in any unit", async () => {
    const { times, problems } = await readJson(...[...numbers, ...numbers.map(String)].map(record));
    expect(problems).toEqual([]);
    expect(times).toEqual(new Array(8).fill(certain));
  });
});

// A record with an own clock that cannot be read still has the time of the log.
const decisive = Object.entries(withTime).filter(([name]) => !name.startsWith("UtcTime"));

describe.each(decisive)("an invalid time in %s", (name, record) => {
  it("rejects the record with that reason", async () => {
    const field = name.split(" ")[0];
    const { times, problems } = await readJson(
      ...["soon", 4242, 1e300, "9999-99-99T00:00:00", "x".repeat(1000)].map(record),
    );
    expect(times).toEqual([]);
    expect(problems).toEqual(
      ["soon", "4242", "1e+300", "9999-99-99T00:00:00", `${"x".repeat(60)}…`].map(
        (value) => `record.no-time: no time that can be read: ${field} is "${value}"`,
      ),
    );
  });
});

describe("a record without a time", () => {
  it("is rejected with the names of the fields where it could have been", async () => {
    const { problems } = await readJson({ EventID: 7, SourceName: "Example" });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("no time that can be read: the record has no EventTime, TimeCreated, @timestamp");
  });

  it("is never dated by its neighbours, and all are reported however many", async () => {
    const good = { EventID: 7, SourceName: "Example", TimeGenerated: "2024-05-06T10:00:01Z" };
    const bad = { ...good, TimeGenerated: "soon" };
    const { times, problems } = await readJson(...new Array(2_500).fill(bad), good, bad);
    expect(times).toEqual([certain]);
    expect(problems).toHaveLength(2_501);
  });

  it("is rejected in XML and in an event log too", async () => {
    expect(await read(`${xml("1601-01-01T00:00:00Z")}\n${xml("2024-05-06T10:00:01Z")}`)).toEqual({
      times: [certain],
      problems: ['record.no-time: no time that can be read: SystemTime is "1601-01-01T00:00:00Z"'],
    });
    const record = { provider: "Example", channel: "Application", computer: "host-1", code: 7, recordId: 1, data: [] };
    const evtx = writeEvtx([
      { ...record, time: Date.UTC(1601, 0, 1) },
      { ...record, recordId: 2, time: Date.UTC(2024, 4, 6, 10, 0, 1) },
    ]);
    expect(await read(evtx)).toEqual({
      times: [certain],
      problems: ['record.no-time: no time that can be read: TimeCreated is "1601-01-01T00:00:00.000Z"'],
    });
  });
});

describe("a time with its offset from UTC", () => {
  it("is certain, also where the exporter usually writes local time", async () => {
    const { times } = await readJson({ EventID: 7, SourceName: "Example", EventTime: "2024-05-06T12:00:01.000+02:00" });
    expect(times).toEqual([certain]);
  });

  it("may be a date as Windows PowerShell writes it in JSON", async () => {
    const { times } = await readJson({ EventID: 7, SourceName: "Example", TimeCreated: "/Date(1714989601000)/" });
    expect(times).toEqual([certain]);
  });
});
