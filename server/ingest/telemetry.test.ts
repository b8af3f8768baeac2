import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type StemmaEvent, textOf } from "../event/event.ts";
import { readEvents } from "./read.ts";

/** Real captures with known contents, when they are next to the checkout. */
const root = join(import.meta.dirname, "../../../shared/telemetry");
const available = existsSync(join(root, "expected.json"));

const recordNumber = z
  .union([z.number(), z.string()])
  .nullable()
  .transform((value) => (value === null ? null : Number(value)));
const starts = z.array(
  z.object({
    record_id: recordNumber,
    entity_id: z.string(),
    pid: z.number().nullable(),
    image: z.string(),
    parent_entity_id: z.string().nullable(),
    parent_pid: z.number().nullable(),
  }),
);
const facts = z.object({
  events: z.number(),
  s1: z.number(),
  s4688: z.number(),
  n4624: z.number(),
  pid_lost: z.number(),
  hosts: z.record(z.string(), z.number()),
  event_ids: z.record(z.string(), z.number()),
  session_links: z.optional(
    z.array(
      z.object({
        host: z.string().nullable(),
        pid: z.number().nullable(),
        logon_id: z.string(),
        logons: z.array(z.object({ record_id: recordNumber, user: z.string().nullable(), ip: z.string().nullable() })),
      }),
    ),
  ),
  sysmon_tree: z.optional(starts),
});

/**
 * The library that produced the expectations loses records of these; the EVTX reader's tests have the correct numbers.
 */
const MORE_THAN_EXPECTED = [
  "edge/sample-with-zero-data-size-event.evtx",
  "edge/sample_with_a_bad_chunk_magic.evtx",
  "edge/hh_decompile_t1218.001_capattack.zip",
];

async function load(...files: readonly string[]) {
  const events: StemmaEvent[] = [];
  const problems: string[] = [];
  const warnings: string[] = [];
  const ignored: string[] = [];
  for await (const batch of readEvents(files.map((file) => join(root, file)))) {
    for (const { event } of batch.events) {
      events.push(event);
    }
    for (const { problem, severity } of batch.problems) {
      (severity === "warning" ? warnings : problems).push(`${problem.code} @${problem.at?.offset}`);
    }
    ignored.push(...batch.ignored.map((one) => one.reason));
  }
  return { events, problems, warnings, ignored };
}

const isSysmon = (event: StemmaEvent): boolean => event.source.provider === "Microsoft-Windows-Sysmon";

function count<T>(values: readonly T[], key: (value: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) {
    const name = key(value);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const name = `real captures${available ? "" : " (skipped: no ../shared)"}`;

describe.skipIf(!available)(name, () => {
  const expected = available
    ? z.record(z.string(), facts).parse(JSON.parse(readFileSync(join(root, "expected.json"), "utf8")))
    : {};

  for (const [file, fact] of Object.entries(expected)) {
    if (file.startsWith("big/")) {
      continue;
    }
    const exact = !MORE_THAN_EXPECTED.includes(file);

    it(`${file} yields the expected events, hosts, starts, pids, parents and logons`, async () => {
      const { events } = await load(file);
      if (exact) {
        expect(events).toHaveLength(fact.events);
        expect(count(events, (event) => textOf(event.fields, "winlog.computer_name") ?? "None")).toEqual(fact.hosts);
        expect(
          count(events, (event) => `${isSysmon(event) ? "Sysmon" : event.source.channel}/${event.source.code}`),
        ).toEqual(fact.event_ids);
      } else {
        expect(events.length).toBeGreaterThanOrEqual(fact.events);
      }
      const byCode = (code: string, sysmon: boolean): StemmaEvent[] =>
        events.filter((event) => event.source.code === code && isSysmon(event) === sysmon);
      const created = byCode("1", true);
      expect(created).toHaveLength(fact.s1);
      expect(created.filter((event) => event.fields["process.pid"] === undefined)).toHaveLength(fact.pid_lost);
      const security = byCode("4688", false);
      expect(security).toHaveLength(fact.s4688);
      expect(security.every((event) => event.fields["process.pid"] !== undefined)).toBe(true);
      const logons = byCode("4624", false);
      expect(logons).toHaveLength(fact.n4624);

      const processStarts = [...created, ...security];
      const actual = created.map((event) => ({
        record_id: event.source.recordId === undefined ? null : Number(event.source.recordId),
        entity_id: event.fields["process.entity_id"],
        pid: event.fields["process.pid"] ?? null,
        image: event.fields["process.name"],
        parent_entity_id: event.fields["process.parent.entity_id"] ?? null,
        parent_pid: event.fields["process.parent.pid"] ?? null,
      }));
      const wanted = (fact.sysmon_tree ?? []).map((node) => ({
        record_id: node.record_id,
        entity_id: node.entity_id,
        pid: node.pid,
        image: node.image,
        parent_entity_id: node.parent_entity_id?.startsWith("{00000000-0000") === true ? null : node.parent_entity_id,
        parent_pid: node.parent_pid,
      }));
      if (fact.sysmon_tree !== undefined && (fact.sysmon_tree.length > 0 || fact.s1 === 0)) {
        expect(sorted(actual)).toEqual(sorted(wanted));
      }

      for (const link of fact.session_links ?? []) {
        const start = processStarts.find(
          (event) =>
            event.fields["process.pid"] === (link.pid ?? undefined) &&
            event.fields["process.Ext.authentication_id"] === link.logon_id &&
            event.fields["winlog.computer_name"] === link.host,
        );
        expect(start, `start of pid ${link.pid} in session ${link.logon_id}`).toBeDefined();
        for (const logon of link.logons) {
          const opened = logons.find(
            (event) =>
              event.fields["winlog.logon.id"] === link.logon_id &&
              (logon.record_id === null || event.source.recordId === String(logon.record_id)),
          );
          expect(opened?.fields["user.name"]).toBe(logon.user);
        }
      }
    });
  }

  it("assigns a record the same identity as EVTX and as a Winlogbeat document", async () => {
    const evtx = await load("wmiexec");
    const ecs = await load("ecs");
    const known = new Set(evtx.events.map((event) => event.id));
    expect(known.size).toBe(evtx.events.length);
    expect(ecs.events.filter((event) => !known.has(event.id))).toEqual([]);
    expect(new Set(ecs.events.map((event) => event.id)).size).toBe(559);
  });

  it("assigns a record rendered as XML its identity in EVTX, and reports other text in the files", async () => {
    const evtx = new Set((await load("wmiexec")).events.map((event) => event.id));
    const { events, problems } = await load("splunk/splunk-xml.tar.gz");
    const derived = events.filter(({ source }) => source.file.includes("derived"));
    expect(derived).toHaveLength(559);
    expect(derived.filter((event) => !evtx.has(event.id))).toEqual([]);
    expect(problems.every((problem) => problem.startsWith("xml.foreign-text"))).toBe(true);
  });

  it("reads all of a gzip stream with a damaged end, with a warning", async () => {
    const { problems, warnings } = await load("edge/empire_invoke_runas.tar.gz");
    expect(problems).toEqual([]);
    expect(warnings.map((text) => text.split(" ")[0])).toEqual(["record.two-times", "archive.truncated"]);
  });

  it("collapses exact duplicates of records without a number", async () => {
    const { events } = await load("edge/sysmon-rta.json.gz");
    expect(events).toHaveLength(37_356);
    expect(new Set(events.map((event) => event.id)).size).toBe(29_039);
  });

  it("reads the logs of a whole-host capture and lists the other files", async () => {
    const { events, ignored } = await load("edge/hh_decompile_t1218.001_capattack.zip");
    expect(events.length).toBeGreaterThanOrEqual(2593);
    expect(events.every((event) => !event.source.file.includes("\\"))).toBe(true);
    expect(ignored).toHaveLength(7);
  });

  it("corrects 12-hour local clocks with Sysmon's time", async () => {
    const { events } = await load("edge/aptsimulator_cobaltstrike.zip");
    const times = events.map((event) => event.time);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(Date.UTC(2021, 5, 12, 1, 7, 0));
    expect(Math.max(...times)).toBeLessThan(Date.UTC(2021, 5, 12, 1, 9, 0));
    expect(events.filter((event) => event.fields["stemma.time.estimated"] === true && isSysmon(event))).toHaveLength(0);
  });

  it("converts NXLog's local time with the collector's time, to the second", async () => {
    const { events } = await load("wmic-node");
    const start = events.find((event) => event.source.recordId === "73272" && event.source.code === "4688");
    expect(start?.source.time).toBe("2020-09-14T12:06:01.000Z");
    expect(start?.fields).toMatchObject({
      "process.pid": 9428,
      "winlog.logon.id": "0x2cc013",
      "user.name": "pgustavo",
      "process.parent.pid": 9564,
    });
  });
});

function sorted(nodes: readonly { readonly entity_id: unknown; readonly record_id: number | null }[]) {
  return [...nodes].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function key(node: { readonly entity_id: unknown; readonly record_id: number | null }): string {
  return `${String(node.entity_id)} ${node.record_id}`;
}
