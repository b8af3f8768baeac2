import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { StemmaEvent } from "../../../server/event/event.ts";
import { ACTIVITY_AROUND } from "../../../server/store/events/activity.ts";
import { packEvents } from "../../../server/store/events/packed-events.ts";
import { ACTIVITY_SLOT, type ActiveSpan } from "../../../server/store/events/port.ts";
import { describeStores, type TestStore } from "../stores.ts";

const T0 = Date.UTC(2026, 2, 4, 9);
const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

function record(id: string, time: number, host: string | undefined, code: string | undefined): StemmaEvent {
  return {
    id,
    time,
    fields: {
      ...(host === undefined ? {} : { "host.name": host }),
      ...(code === undefined ? {} : { "event.code": code }),
    },
    source: { eventId: id, file: "test", time: new Date(time).toISOString(), channel: "Security", code },
  };
}

/** Spans cut at every half minute. */
function halfMinutes(spans: readonly ActiveSpan[]): readonly ActiveSpan[] {
  return spans.flatMap(({ from, to }) => {
    const parts: ActiveSpan[] = [];
    for (let start = from; start < to || (start === from && from === to); ) {
      const end = Math.min(to, (Math.floor(start / ACTIVITY_SLOT) + 1) * ACTIVITY_SLOT);
      parts.push({ from: start, to: end });
      start = Math.max(end, start + (from === to ? 1 : 0));
    }
    return parts;
  });
}

describeStores("the activity of records", (open) => {
  let test: TestStore;
  beforeEach(async () => {
    test = await open();
  });
  afterEach(() => test.dispose());

  const append = (...events: readonly StemmaEvent[]) =>
    test.store.write((transaction) =>
      transaction.events.append([packEvents(events.map((event) => ({ event, original: {} })))]),
    );

  it("lists the streams of hosts, each source also as a whole, and events without a host under unknown", async () => {
    await append(
      record("a", T0, "HOST-A", "4624"),
      record("b", T0, "host-b", undefined),
      record("c", T0, undefined, "1"),
    );
    expect(await test.store.events.streams({ hosts: ["Host-A", "host-a", "host-c"] })).toEqual([
      { host: "host-a", source: "security", code: "" },
      { host: "host-a", source: "security", code: "4624" },
    ]);
    expect(await test.store.events.streams({ hosts: ["unknown"] })).toMatchObject([{ code: "" }, { code: "1" }]);
    expect(await test.store.events.kinds()).toEqual([
      { source: "security", code: "" },
      { source: "security", code: "1" },
      { source: "security", code: "4624" },
    ]);
  });

  it("reads as far around a window as there are records, and not more than it says", async () => {
    await append(
      ...Array.from({ length: 100 }, (_, index) => record(`e${index}`, T0 + index * QUARTER, "host-a", "4624")),
    );
    const stream = { host: "host-a", source: "security", code: "4624" };
    const window = { from: T0 + 40 * QUARTER + 1, to: T0 + 42 * QUARTER };
    const [found = []] = await test.store.events.activity({ streams: [stream], ...window });
    expect(found).toHaveLength(2 * ACTIVITY_AROUND + 3);
    expect(found[0]?.from).toBe(T0 + (40 - ACTIVITY_AROUND) * QUARTER);
    const [all = []] = await test.store.events.activity({ streams: [stream] });
    expect(all).toHaveLength(100);
    expect(await test.store.events.activity({ streams: [{ ...stream, code: "1" }], ...window })).toEqual([[]]);
  });

  it("has the half minutes with records, whatever the order and batches they came in", async () => {
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.record({ at: fc.nat(90 * MINUTE), code: fc.constantFrom("1", "2") })), { maxLength: 4 }),
        async (batches) => {
          serial += 1;
          const host = `host-${serial}`;
          for (const [batch, records] of batches.entries()) {
            await append(
              ...records.map(({ at, code }, index) => record(`${host} ${batch} ${index}`, T0 + at, host, code)),
            );
          }
          for (const code of ["1", "2", undefined]) {
            const times = batches
              .flat()
              .filter((one) => code === undefined || one.code === code)
              .map(({ at }) => T0 + at);
            const slots = new Set(times.map((time) => Math.floor(time / ACTIVITY_SLOT)));
            const byQuarter = Map.groupBy(times, (time) => Math.floor(time / QUARTER));
            const expected = [...slots]
              .toSorted((left, right) => left - right)
              .map((slot) => {
                const those = byQuarter.get(Math.floor((slot * ACTIVITY_SLOT) / QUARTER)) ?? [];
                return {
                  from: Math.max(slot * ACTIVITY_SLOT, Math.min(...those)),
                  to: Math.min((slot + 1) * ACTIVITY_SLOT, Math.max(...those)),
                };
              });
            const streams = [{ host, source: "security", code }];
            const [found = []] = await test.store.events.activity({ streams, from: T0, to: T0 + 100 * MINUTE });
            expect(halfMinutes(found)).toEqual(halfMinutes(expected));
          }
        },
      ),
      { numRuns: test.runs(30) },
    );
  });
});
