import { describe, expect, it } from "vitest";
import { readerOf } from "../../test/factories/cut-events.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { Store } from "../store/port.ts";
import { type CoverageAnswer, coverageOf } from "./coverage.ts";
import { activityOf } from "./coverage-activity.ts";
import type { Need } from "./coverage-kinds.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const nine = Date.UTC(2026, 2, 4, 9);
const channels = {
  sysmon: "Microsoft-Windows-Sysmon/Operational",
  security: "Security",
  system: "System",
} as const;

let serial = 0;
function record(
  time: number,
  source: keyof typeof channels,
  code: string,
  more: StemmaEvent["fields"] = {},
  host = "srv-02",
): StemmaEvent {
  serial += 1;
  const id = `e${serial}`;
  return {
    id,
    time,
    fields: { "host.name": host, "event.code": code, ...more },
    source: { eventId: id, file: "test", time: new Date(time).toISOString(), channel: channels[source], code },
  };
}

/** One record every `step` from six hours before nine to six hours after. */
function steady(source: keyof typeof channels, code: string, step: number, host = "srv-02"): readonly StemmaEvent[] {
  const count = Math.floor((12 * HOUR) / step) + 1;
  return Array.from({ length: count }, (_, index) => record(nine - 6 * HOUR + index * step, source, code, {}, host));
}

const between = (from: number, to: number) => (event: StemmaEvent) => event.time > from && event.time < to;
const without = (events: readonly StemmaEvent[], hole: (event: StemmaEvent) => boolean) =>
  events.filter((event) => !hole(event));
const isCode = (code: string) => (event: StemmaEvent) => event.fields["event.code"] === code;

const starts: Need = {
  kinds: [
    { source: "sysmon", code: "1" },
    { source: "security", code: "4688" },
  ],
};
const sysmonStarts: Need = { kinds: [{ source: "sysmon", code: "1" }] };

function cover(
  events: readonly StemmaEvent[],
  {
    needs = [sysmonStarts],
    from = nine,
    to = nine + HOUR,
    fleet = false,
  }: { needs?: readonly Need[]; from?: number; to?: number; fleet?: boolean } = {},
): Promise<CoverageAnswer> {
  const store = {
    events: readerOf(events),
    lineage: { accounts: async () => ({ hosts: { shown: (name: string) => name } }) },
  } as unknown as Store;
  return coverageOf(activityOf(store), {
    ...(fleet ? {} : { hosts: [{ host: "srv-02", names: ["srv-02"] }] }),
    needs: () => needs,
    window: { from, to, anchor: "event", at: nine, text: "" },
  });
}

const minutes = (spans: CoverageAnswer["window"]["covered"]) =>
  spans.map(({ from, to }) => [from, to].map((time) => Math.round((Date.parse(time) - nine) / MINUTE)));

const busy = steady("sysmon", "1", 45 * SECOND);

describe("a window is covered", () => {
  it("where records flow from before it to after it", async () => {
    const { extent, window, sentence } = await cover(busy);
    expect([extent, window.share, window.gaps, window.sources]).toEqual(["all", 1, [], ["Sysmon 1"]]);
    expect(sentence).toBe("Sysmon 1 covers srv-02 from 2026-03-04 09:00:00 to 10:00:00");
  });

  it("not over a hole, which is named with what is left", async () => {
    const { extent, window, sentence } = await cover(without(busy, between(nine + 31 * MINUTE, nine + 40 * MINUTE)));
    expect(extent).toBe("some");
    expect(minutes(window.gaps)).toEqual([[31, 41]]);
    expect(sentence).toMatch(
      /^Sysmon 1 covers srv-02 from .+ to 10:00:00, 5\d of 60 minutes; nothing between .+ and 09:/,
    );
  });

  it("not for an hour of which 55 minutes after the alert are missing", async () => {
    const { extent, window } = await cover(without(busy, between(nine + MINUTE, nine + 56 * MINUTE)));
    expect(extent).toBe("some");
    expect(window.share).toBeLessThan(0.2);
  });

  it("not by two milliseconds of it, nor by a single record", async () => {
    const pair = [record(nine + MINUTE, "sysmon", "1"), record(nine + MINUTE + 2, "sysmon", "1")];
    const short = await cover(pair);
    expect([short.extent, short.window.covered.length]).toEqual(["some", 1]);
    expect(short.window.share).toBeLessThan(0.000001);
    expect(short.sentence).toContain("less than one of 60 minutes");
    expect((await cover(pair.slice(1))).extent).toBe("none");
  });

  it("not beyond the last record, nor before the first", async () => {
    const late = await cover(without(busy, ({ time }) => time > nine + 20 * MINUTE));
    expect(minutes(late.window.covered)).toEqual([[0, 20]]);
    const early = await cover(without(busy, ({ time }) => time < nine + 20 * MINUTE));
    expect(minutes(early.window.covered)).toEqual([[20, 60]]);
    expect(early.extent).toBe("some");
  });

  it("not by other codes of a source whose configuration leaves out the one that is needed", async () => {
    const others = [...steady("sysmon", "11", 20 * SECOND), ...steady("sysmon", "3", 30 * SECOND)];
    const never = await cover(others);
    expect([never.extent, never.sentence]).toEqual(["none", "No Sysmon 1 of srv-02 among other records of the source"]);
    expect(never.window.gaps[0]?.why).toContain("among other records of the source");
    const paused = await cover([...others, ...without(busy, between(nine - 10 * MINUTE, nine + 2 * HOUR))]);
    expect(paused.extent).toBe("none");
  });

  it("by either of two sources that record the same, each for its part of the time", async () => {
    const sysmon = without(busy, between(nine + 10 * MINUTE, nine + 30 * MINUTE));
    const security = without(steady("security", "4688", 50 * SECOND), between(nine + 40 * MINUTE, nine + 50 * MINUTE));
    const { extent, window } = await cover([...sysmon, ...security], { needs: [starts] });
    expect([extent, window.sources]).toEqual(["all", ["Sysmon 1", "Security 4688"]]);
    const both = await cover([...without(sysmon, between(nine, nine + 11 * MINUTE)), ...security], {
      needs: [sysmonStarts, starts],
    });
    expect(both.extent).toBe("some");
  });

  it("only if everything is recorded that could be a hit", async () => {
    const needs: readonly Need[] = [sysmonStarts, { kinds: [{ source: "security", code: "4648" }] }];
    const { extent, window } = await cover(busy, { needs });
    expect([extent, window.share]).toEqual(["some", 0]);
    expect(window.lanes.map(({ label, covered }) => [label, covered.length])).toEqual([
      ["Sysmon 1", 1],
      ["Security 4648", 0],
    ]);
  });
});

describe("a host that logs rarely", () => {
  const rare = steady("sysmon", "1", 40 * MINUTE);

  it("is covered over its ordinary pauses, if records are on both sides", async () => {
    expect((await cover(rare, { from: nine + 5 * MINUTE, to: nine + 30 * MINUTE })).extent).toBe("all");
    expect((await cover(rare)).extent).toBe("all");
  });

  it("is not covered over a pause that is twice as long as its ordinary ones", async () => {
    const { extent } = await cover(without(rare, between(nine, nine + 41 * MINUTE)));
    expect(extent).toBe("none");
  });

  it("is not covered by a collection of short captures, however often they come", async () => {
    const days = Array.from({ length: 40 }, (_, day) => (day - 20) * 3 * 24 * HOUR);
    const bursts = days.flatMap((day) => [0, 1, 2, 40].map((at) => record(nine + day + at * SECOND, "sysmon", "1")));
    const { extent } = await cover(bursts, { from: nine - HOUR, to: nine + HOUR });
    expect(extent).toBe("some");
  });

  it("is not covered by so few records that they have no rhythm", async () => {
    const few = [-3, -1, 2].map((hour) => record(nine + hour * HOUR, "sysmon", "1"));
    expect((await cover(few)).extent).toBe("none");
  });
});

describe("a sensor that stops", () => {
  const rare = steady("sysmon", "1", 40 * MINUTE);
  const stopped = (time: number) => record(time, "sysmon", "4", { "winlog.event_data.State": "Stopped" });
  const started = (time: number) => record(time, "sysmon", "4", { "winlog.event_data.State": "Started" });

  it("covers nothing until its records flow again, also over a pause that would be ordinary", async () => {
    const { extent, window, sentence } = await cover([...rare, stopped(nine + 5 * MINUTE)]);
    expect(extent).toBe("some");
    expect(minutes(window.gaps)).toEqual([[5, 40]]);
    expect(window.stops).toEqual([{ at: "2026-03-04T09:05:00.000Z", host: "srv-02", what: "Sysmon stopped" }]);
    expect(sentence).toContain("Sysmon stopped at 09:05:00");
  });

  it("covers nothing since its last record if it starts without having been seen to stop", async () => {
    const { window } = await cover([...rare, started(nine + 25 * MINUTE)]);
    expect(minutes(window.gaps)).toEqual([[0, 25]]);
  });

  it("is replaced by another source that records the same", async () => {
    const both = [...rare, ...steady("security", "4688", 30 * SECOND), stopped(nine + 5 * MINUTE)];
    expect((await cover(both, { needs: [starts] })).extent).toBe("all");
  });

  it.each([
    ["a log that was cleared", "security", "1102"],
    ["the event log service stopping", "security", "1100"],
    ["another log that was cleared", "system", "104"],
  ] as const)("may be %s", async (_, source, code) => {
    const logons = steady("security", "4624", 40 * MINUTE);
    const needs: readonly Need[] = [{ kinds: [{ source: "security", code: "4624" }] }];
    const { extent, window } = await cover([...logons, record(nine + 5 * MINUTE, source, code)], { needs });
    expect([extent, window.stops.length]).toEqual(["some", 1]);
  });

  it("that is reconfigured covers a code only while its configuration was seen to record it", async () => {
    const changed = (time: number) => record(time, "sysmon", "16");
    const once = await cover([...rare, changed(nine + 5 * MINUTE)]);
    expect(once.extent).toBe("all");
    const twice = await cover([...rare, changed(nine + 5 * MINUTE), changed(nine + 30 * MINUTE)]);
    expect(twice.extent).toBe("some");
    expect(minutes(twice.window.gaps)).toEqual([[5, 30]]);
  });
});

describe("a query about all hosts", () => {
  const other = steady("sysmon", "1", 45 * SECOND, "ws-07");

  it("is covered where all of them are, and names those that are not", async () => {
    expect((await cover([...busy, ...other], { fleet: true })).extent).toBe("all");
    const cut = without(other, between(nine + 5 * MINUTE, nine + 35 * MINUTE));
    const { extent, sentence, window } = await cover([...busy, ...cut], { fleet: true });
    expect([extent, window.hosts.map(({ host }) => host)]).toEqual(["some", ["ws-07", "srv-02"]]);
    expect(sentence).toContain("1 of 2 hosts with data are covered");
    expect(sentence).toContain("not ws-07 (Sysmon 1 covers ws-07");
  });

  it("misses a host that was silent for all of the window", async () => {
    const silent = without(other, between(nine - 2 * HOUR, nine + 7 * HOUR));
    expect((await cover([...busy, ...silent], { fleet: true })).extent).toBe("some");
    expect((await cover([...without(busy, isCode("1")), ...silent], { fleet: true })).extent).toBe("none");
  });
});
