import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { QueryRun } from "#contracts/query-run";
import { readerOf } from "../../test/factories/cut-events.ts";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import type { AlertRecord } from "../alert/record.ts";
import { always } from "../condition/tree.ts";
import type { StemmaEvent } from "../event/event.ts";
import { eventSource } from "../event/event-source.ts";
import { alertContext } from "./alert-fields.ts";
import type { PlaybookQuery } from "./playbook.ts";
import { runQueryIn } from "./run-query.ts";

const MINUTE = 60_000;
const options = { anchor: "event", limit: 500, clock: () => noon, ruleOf: () => undefined } as const;

/** A query that finds something in the whole capture. */
interface Found {
  readonly alert: AlertRecord;
  readonly query: PlaybookQuery;
  readonly run: QueryRun;
  /** The records of its rows. */
  readonly hits: readonly StemmaEvent[];
}

async function queriesWithHits(
  world: WorkbenchStore,
): Promise<{ readonly events: readonly StemmaEvent[]; readonly found: readonly Found[] }> {
  const events: StemmaEvent[] = [];
  for await (const page of world.store.events.scan({ condition: always })) {
    events.push(...page);
  }
  const byId = new Map(events.map((event) => [event.id, event]));
  const found: Found[] = [];
  const memory = { ...world.store, events: { ...world.store.events, ...readerOf(events) } };
  for (const alert of (await world.store.alerts.find({ limit: 30 })).items) {
    const context = await alertContext(memory, alert);
    for (const query of world.playbooks.forAlert(alert)?.queries ?? []) {
      if (query.target !== "alerts") {
        const run = await runQueryIn(memory, query, context, options);
        const ids = run.rows.flatMap((row) => [row.id, ...(row.sources ?? []).map(({ eventId }) => eventId)]);
        const hits = [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
        if (run.total > 0 && run.total === run.rows.length) {
          found.push({ alert, query, run, hits });
        }
      }
    }
  }
  return { events, found };
}

const hostOf = (event: StemmaEvent) => String(event.fields["host.name"]);
const kindOf = (event: StemmaEvent) => `${eventSource(event)} ${String(event.fields["event.code"])}`;

/** What fails on the hosts that have the hits. */
const losses = {
  "every record": () => true,
  "the sources of the hits": (event, hits) => hits.some((hit) => eventSource(hit) === eventSource(event)),
  "the codes of the hits": (event, hits) => hits.some((hit) => kindOf(hit) === kindOf(event)),
} as const satisfies Record<string, (event: StemmaEvent, hits: readonly StemmaEvent[]) => boolean>;

/** For how long: around the hits, from somewhere before them on, or always. */
const durations = ["around", "since", "always"] as const;

interface Hole {
  readonly pick: number;
  readonly loss: keyof typeof losses;
  readonly duration: (typeof durations)[number];
  /** Milliseconds before the first hit and after the last. */
  readonly before: number;
  readonly after: number;
  /** Whether the sensors say that they stopped; they then need not be silent for longer than usual. */
  readonly announced: boolean;
}

/** `least`: shorter holes are pauses that the capture has anyway; milliseconds. */
const holes = (least: number): fc.Arbitrary<Hole> =>
  fc.record({
    pick: fc.nat(),
    loss: fc.constantFrom(...(Object.keys(losses) as (keyof typeof losses)[])),
    duration: fc.constantFrom(...durations),
    before: fc.integer({ min: least / 2, max: 90 * MINUTE }),
    after: fc.integer({ min: least / 2, max: 90 * MINUTE }),
    announced: fc.boolean(),
  });

function cutBy(hole: Hole, { hits }: Found, events: readonly StemmaEvent[]): readonly StemmaEvent[] {
  const hosts = new Set(hits.map(hostOf));
  const times = hits.map(({ time }) => time);
  const from = hole.duration === "always" ? -Infinity : Math.min(...times) - hole.before;
  const to = hole.duration === "around" ? Math.max(...times) + hole.after : Infinity;
  const isLost = (event: StemmaEvent) =>
    hosts.has(hostOf(event)) && event.time >= from && event.time <= to && losses[hole.loss](event, hits);
  const kept = events.filter((event) => !isLost(event));
  return hole.announced && hole.duration !== "always" && hole.loss !== "the codes of the hits"
    ? [...kept, ...[...hosts].flatMap((host) => stopsOf(host, from))]
    : kept;
}

function stopsOf(host: string, time: number): readonly StemmaEvent[] {
  return [
    { channel: "Microsoft-Windows-Sysmon/Operational", code: "4", data: { "winlog.event_data.State": "Stopped" } },
    { channel: "Security", code: "1100", data: undefined },
  ].map(({ channel, code, data }) => {
    const id = `${host} ${channel} stopped`;
    const fields: Record<string, string> = { "host.name": host, "event.code": code, ...data };
    return {
      id,
      time,
      fields,
      source: { eventId: id, file: "test", time: new Date(time).toISOString(), channel, code },
    };
  });
}

async function expectNoFalseNo(world: WorkbenchStore, least: number, numRuns: number): Promise<void> {
  const { events, found } = await queriesWithHits(world);
  expect(found.length).toBeGreaterThan(3);
  let emptied = 0;
  await fc.assert(
    fc.asyncProperty(holes(least), async (hole) => {
      const one = found[hole.pick % found.length];
      if (one === undefined) {
        return;
      }
      const kept = cutBy(hole, one, events);
      const cut = { ...world.store, events: { ...world.store.events, ...readerOf(kept) } };
      const run = await runQueryIn(cut, one.query, await alertContext(cut, one.alert), options);
      // A host that never wrote anything is not known, so that nobody can miss it in a query about all hosts.
      const known = new Set(kept.map(hostOf));
      const isUnknown = one.hits.every((hit) => hostOf(hit) !== one.alert.host && !known.has(hostOf(hit)));
      if (run.total === 0 && !isUnknown) {
        emptied += 1;
        expect(run.outcome, `${one.query.id} of ${one.alert.id}: ${run.reason}`).not.toBe("no-hits");
      }
    }),
    { numRuns },
  );
  expect(emptied).toBeGreaterThan(numRuns / 2);
}

describe("a hole that swallows every hit of a query", () => {
  it("never leaves a conclusive no in the sample, whose hosts pause for up to 26 minutes", async () => {
    const world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
    await expectNoFalseNo(world, 36 * MINUTE, 60);
    await world.close();
  });

  const telemetry = join(import.meta.dirname, "../../../shared/telemetry");
  const missing = !existsSync(telemetry);

  it.skipIf(missing)(
    `never leaves a conclusive no in a capture of minutes${missing ? " (skipped: no ../shared)" : ""}`,
    async () => {
      const world = await openWorkbenchStore();
      await world.take([join(telemetry, "wmiexec")]);
      await expectNoFalseNo(world, 0, 40);
      await world.close();
    },
  );
});

describe("the playbooks of the sample without holes", () => {
  it("still answer with a conclusive no where the data is there", async () => {
    const world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
    const outcomes: QueryRun["outcome"][] = [];
    for (const alert of (await world.store.alerts.find({ limit: 500 })).items) {
      const children = world.playbooks.forAlert(alert)?.queries.find(({ lineage }) => lineage === "children");
      if (children !== undefined) {
        outcomes.push(
          (await runQueryIn(world.store, children, await alertContext(world.store, alert), options)).outcome,
        );
      }
    }
    expect(outcomes.filter((outcome) => outcome === "no-hits").length).toBeGreaterThan(10);
    expect(new Set(outcomes)).toEqual(new Set(["hits", "no-hits"]));
    await world.close();
  });
});
