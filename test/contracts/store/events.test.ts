import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { FieldValue } from "#contracts/event";
import { compileCondition } from "../../../server/condition/evaluate.ts";
import {
  allOf,
  always,
  and,
  anyOf,
  type Condition,
  equals,
  exists,
  not,
  or,
  wildcard,
} from "../../../server/condition/tree.ts";
import type { StemmaEvent } from "../../../server/event/event.ts";
import { packEvents } from "../../../server/store/events/packed-events.ts";
import type { Store } from "../../../server/store/port.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { append, event, MINUTE } from "./fixtures.ts";

describeStores("events", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  it("returns an event and its original unchanged, whatever its fields are called", async () => {
    const fields = JSON.parse(
      '{"__proto__":"x","constructor":"y","many":["a",1,true],"text":"line\\nfeed \\u0000 \\ud83d\\ude00"}',
    );
    const odd = event("a", T0, fields);
    await store.write(async (transaction) =>
      transaction.events.append([packEvents([{ event: odd, original: '{"as": "it stood"}\n' }])]),
    );
    const read = await store.events.get("a");
    expect(read).toEqual(odd);
    expect(Object.getPrototypeOf(read?.fields)).toBeNull();
    expect(await store.events.original("a")).toEqual({ as: "it stood" });
    expect(await store.events.get("b")).toBeUndefined();
    expect(await store.events.original("b")).toBeUndefined();
  });

  it("appends an event once, in the same write and in a later one", async () => {
    const first = await append(store, event("a", T0), event("b", T0 + 1), event("a", T0));
    expect(first.map((one) => one.id)).toEqual(["a", "b"]);
    const second = await append(store, event("b", T0 + 1), event("c", T0 + 2));
    expect(second.map((one) => one.id)).toEqual(["c"]);
    expect(await store.events.count()).toBe(3);
  });

  it("finds events by what is encoded in them", async () => {
    const encoded = Buffer.from("Get-Process lsass", "utf16le").toString("base64");
    await append(
      store,
      event("a", T0, { "host.name": "ws-01", "process.command_line": `powershell -enc ${encoded}` }),
      event("b", T0 + 1, { "host.name": "ws-02", "powershell.file.script_block_text": "&('Get-Pro'+'cess') lsass" }),
      event("c", T0 + 2, { "host.name": "ws-01", "process.command_line": "powershell Get-Process lsass" }),
    );
    const decoded = wildcard("stemma.decoded", "*get-process*");
    const ids = async (condition: Condition) =>
      (await store.events.find({ condition, limit: 10, order: "oldest-first" })).events.map(({ id }) => id);
    expect(await ids(decoded)).toEqual(["a", "b"]);
    expect(await ids(and(equals("host.name", "ws-01"), decoded))).toEqual(["a"]);
    expect(await ids(and(equals("host.name", "ws-01"), not(decoded)))).toEqual(["c"]);
    expect(await ids(or(equals("host.name", "ws-02"), decoded))).toEqual(["a", "b"]);
    expect(await ids(equals("stemma.decoded", "Get-Process lsass"))).toEqual(["a"]);
  });

  it("finds by condition in an inclusive window, with a limit and the exact total", async () => {
    await append(
      store,
      ...Array.from({ length: 700 }, (_, index) => event(`e${index}`, T0 + index, { "process.pid": index % 7 })),
    );
    const condition = equals("process.pid", 3);
    const oldest = await store.events.find({ condition, limit: 2, order: "oldest-first" });
    expect(oldest.events.map((one) => one.id)).toEqual(["e3", "e10"]);
    expect(oldest.total).toBe(100);
    const newest = await store.events.find({ condition, from: T0 + 3, to: T0 + 17, limit: 9, order: "newest-first" });
    expect(newest.events.map((one) => one.id)).toEqual(["e17", "e10", "e3"]);
    const all = await store.events.find({ condition: always, from: T0 + 698, limit: 9, order: "oldest-first" });
    expect(all.events.map((one) => one.id)).toEqual(["e698", "e699"]);
    expect(all.total).toBe(2);
  });

  it.each([10_000, 50_000])("finds what one of %i terms names, however they are joined", async (count) => {
    const named = { "host.name": "v17", "process.entity_id": "v17", "user.name": "v17" };
    await append(store, event("a", T0, named), event("b", T0 + 1, { "host.name": "other", "user.name": "other" }));
    const values = Array.from({ length: count }, (_, index) => `v${index}`);
    const starts = values.map((value) => `${value}*`);
    const conditions = [
      equals("host.name", values),
      equals("process.entity_id", values),
      wildcard("user.name", starts),
      anyOf(values.map((value, index) => equals(index % 2 === 0 ? "host.name" : "user.name", value))),
      anyOf(values.map((value) => and(equals("host.name", value), wildcard("user.name", `${value}*`)))),
      and(equals("user.name", "v17"), not(anyOf(values.map((value) => equals("process.name", value))))),
      anyOf(values.slice(0, 90).map((value) => and(equals("host.name", value), wildcard("user.name", `${value}*`)))),
      allOf(values.map((value) => or(equals("user.name", "v17"), wildcard("host.name", `${value}*`)))),
    ];
    for (const condition of conditions) {
      const found = await store.events.find({ condition, limit: 9, order: "oldest-first" });
      expect(found.events.map(({ id }) => id)).toEqual(["a"]);
    }
  });

  it("scans all matches in order of time", async () => {
    const events = Array.from({ length: 4_500 }, (_, index) => event(`e${index}`, T0 + ((index * 7919) % 4_500)));
    await append(store, ...events);
    const times: number[] = [];
    for await (const batch of store.events.scan({ condition: exists("host.name"), from: T0 + 10 })) {
      times.push(...batch.map((one) => one.time));
    }
    expect(times).toEqual(Array.from({ length: 4_490 }, (_, index) => T0 + 10 + index));
    const anyhow: number[] = [];
    let tested = 0;
    const scan = { condition: exists("host.name"), from: T0 + 10, onPage: (count: number) => (tested = count) };
    for await (const batch of store.events.scan({ ...scan, order: "any" })) {
      anyhow.push(...batch.map((one) => one.time));
    }
    expect(anyhow.toSorted((left, right) => left - right)).toEqual(times);
    expect(tested).toBe(4_490);
  });

  it("prefilters without losing a match: it finds what the evaluator matches", async () => {
    const names = ["host.name", "process.name", "process.entity_id", "event.category", "process.pid", "other"];
    const text = fc.constantFrom(
      "a",
      "A",
      "ab",
      "Straße",
      "STRASSE",
      "\u{10ffff}",
      "a\u0000b",
      "7",
      "\ud800",
      "İ",
      "ſ",
    );
    const scalar = fc.oneof(text, fc.constantFrom(7, 8));
    const value: fc.Arbitrary<FieldValue> = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }));
    const leaf = fc.oneof(
      fc
        .tuple(fc.constantFrom(...names), fc.array(scalar, { minLength: 1, maxLength: 3 }), fc.boolean())
        .map(([name, values, caseInsensitive]): Condition => equals(name, values, { caseInsensitive })),
      fc
        .tuple(
          fc.constantFrom(...names),
          fc.constantFrom("a*", "A?", "*", "st*", "ab", "7", "\u{10ffff}*", "a\u0000*"),
          fc.boolean(),
        )
        .map(([name, pattern, caseInsensitive]): Condition => wildcard(name, pattern, { caseInsensitive })),
      fc.constantFrom(...names).map(exists),
    );
    const condition: fc.Arbitrary<Condition> = fc.oneof(
      leaf,
      fc.tuple(leaf, leaf).map((terms) => and(...terms)),
      fc.tuple(leaf, leaf).map((terms) => or(...terms)),
      leaf.map(not),
    );
    let serial = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.constantFrom(...names), value), { maxLength: 8 }),
        fc.array(condition, { minLength: 1, maxLength: 6 }),
        async (records, conditions) => {
          serial += 1;
          const from = T0 + serial * MINUTE;
          const events = records.map((fields, index) => event(`p${serial}-${index}`, from + index, fields));
          await append(store, ...events);
          for (const one of conditions) {
            const found = await store.events.find({ condition: one, from, limit: 100, order: "oldest-first" });
            const matches = compileCondition(one);
            expect(found.events.map(({ id }) => id)).toEqual(
              events.filter(({ fields }) => matches(fields)).map(({ id }) => id),
            );
            expect(found.total).toBe(found.events.length);
            expect((await store.events.find({ condition: one, from, limit: 0, order: "newest-first" })).total).toBe(
              found.total,
            );
            const scanned = await Array.fromAsync(store.events.scan({ condition: one, from, order: "any" }));
            expect(scanned.flat().toSorted((left, right) => left.time - right.time)).toEqual(found.events);
          }
        },
      ),
      { numRuns: test.runs(60) },
    );
  });

  it("counts coverage of a window exactly, by host and source", async () => {
    const all = Array.from({ length: 200 }, (_, index) =>
      event(`e${index}`, T0 + index * MINUTE, { "host.name": index % 2 === 0 ? "HOST-A" : "host-b" }),
    );
    await append(store, ...all.slice(0, 90));
    await append(store, ...all.slice(90));
    for (const [from, to] of [
      [0, 199],
      [7, 12],
      [7, 101],
      [15, 44],
      [180, 400],
    ] as const) {
      const inside = all.filter((one) => one.time >= T0 + from * MINUTE && one.time <= T0 + to * MINUTE);
      const coverage = await store.events.coverage({ from: T0 + from * MINUTE, to: T0 + to * MINUTE });
      expect(coverage.map((row) => [row.host, row.source])).toEqual([
        ["host-a", "sysmon"],
        ["host-b", "sysmon"],
      ]);
      expect(coverage.reduce((total, row) => total + row.events, 0)).toBe(inside.length);
      const ofHostA = inside.filter((one) => one.fields["host.name"] === "HOST-A");
      expect(coverage[0]).toMatchObject({
        events: ofHostA.length,
        from: new Date(ofHostA[0]?.time ?? 0).toISOString(),
        to: new Date(ofHostA.at(-1)?.time ?? 0).toISOString(),
      });
    }
    expect(await store.events.coverage({ hosts: ["Host-B"], to: T0 + MINUTE })).toMatchObject([
      { host: "host-b", events: 1 },
    ]);
    expect(await store.events.coverage({ hosts: ["host-c"] })).toEqual([]);
  });

  it("counts events without a host under the name that their processes have", async () => {
    const homeless = (id: string, time: number): StemmaEvent => ({ ...event(id, time), fields: { "event.code": "1" } });
    await append(store, homeless("a", T0), homeless("b", T0 + 5 * MINUTE), event("c", T0));
    for (const hosts of [["unknown"], ["Unknown", "host-b"]]) {
      expect(await store.events.coverage({ hosts })).toMatchObject([{ host: "unknown", events: 2 }]);
      expect(await store.events.coverage({ hosts, to: T0 + MINUTE })).toMatchObject([{ host: "unknown", events: 1 }]);
    }
    expect((await store.events.coverage({})).map((row) => row.host)).toEqual(["host-a", "unknown"]);
  });

  it("lists the records of a process by entity id, and by pid during its lifetime", async () => {
    const start = { "process.pid": 42, "event.category": "process", "event.type": "start" };
    await append(
      store,
      event("before", T0 - MINUTE, { "process.pid": 42 }),
      event("sysmon", T0, { ...start, "process.entity_id": "{A}" }),
      event("security", T0 + 1000, start),
      event("connection", T0 + 2000, { "process.pid": 42, "process.entity_id": "{a}", "event.category": "network" }),
      event("late", T0 + 90 * MINUTE, { "process.entity_id": "{A}", "event.category": "network" }),
      event("by-pid", T0 + 3000, { "process.pid": 42 }),
      event("other-host", T0 + 3000, { "process.pid": 42, "host.name": "host-b" }),
      event("reuse", T0 + 5 * MINUTE, { ...start, "process.entity_id": "{B}" }),
      event("reuse-activity", T0 + 6 * MINUTE, { "process.pid": 42 }),
    );
    const node = {
      key: "k",
      host: "host-a",
      entityId: "{A}",
      pid: 42,
      start: new Date(T0).toISOString(),
      placeholder: false,
      sources: ["sysmon", "security"].map((eventId) => ({ eventId, file: "test", time: new Date(T0).toISOString() })),
      activity: { network: 0, dns: 0, file: 0, registry: 0, module: 0, access: 0, injection: 0 },
      childGroup: "c",
      childCount: 0,
      alerts: [],
    };
    const first = await store.events.ofProcess(node, { limit: 3 });
    expect(first.total).toBe(5);
    const second = await store.events.ofProcess(node, { limit: 3, cursor: first.next });
    expect([...first.items, ...second.items].map((one) => one.id)).toEqual([
      "sysmon",
      "security",
      "connection",
      "by-pid",
      "late",
    ]);
    expect(second.next).toBeUndefined();
    const network = await store.events.ofProcess(node, { limit: 9, kind: "network" });
    expect(network.items.map((one) => one.id)).toEqual(["connection", "late"]);
    const scope = { processes: [{ process: node, hosts: ["HOST-A"] }], hosts: [] };
    const all = { wants: () => true, buckets: 2 };
    const whole = await store.events.timeline(scope, { ...all, limit: 3 });
    expect(whole).toMatchObject({ from: T0, to: T0 + 90 * MINUTE, width: 45 * MINUTE + 1 });
    expect(whole.page.total).toBe(5);
    const rest = await store.events.timeline(scope, { ...all, limit: 3, cursor: whole.page.next });
    expect([...whole.page.items, ...rest.page.items]).toEqual([...first.items, ...second.items]);
    expect(rest.page.next).toBeUndefined();
  });

  it("counts what processes did by type and time, and lists the wanted types in a window", async () => {
    const file = { "process.pid": 42, "process.entity_id": "{A}", "event.category": "file" };
    await append(
      store,
      event("first", T0, { ...file, "event.category": "network" }),
      event("second", T0 + MINUTE, file),
      event("third", T0 + 3 * MINUTE, file),
      event("elsewhere", T0 + 2 * MINUTE, { "process.pid": 7 }),
      event("other-host", T0 + MINUTE, { ...file, "host.name": "host-b" }),
      event("later", T0 + 9 * MINUTE, { "process.pid": 7 }),
    );
    const process = {
      key: "k",
      host: "host-a",
      entityId: "{A}",
      placeholder: true,
      sources: [],
      activity: { network: 0, dns: 0, file: 0, registry: 0, module: 0, access: 0, injection: 0 },
      childGroup: "c",
      childCount: 0,
      alerts: [],
    };
    const scope = { processes: [{ process, hosts: ["host-a"] }], hosts: [] };
    const isFile = ({ kind }: { readonly kind?: string }) => kind === "file";
    const files = await store.events.timeline(scope, { wants: isFile, buckets: 2, limit: 9 });
    expect(files.types.map(({ kind, count }) => [kind, count])).toEqual([
      ["file", 2],
      ["network", 1],
    ]);
    expect(files.page.items.map(({ id }) => id)).toEqual(["second", "third"]);
    expect(files.page.total).toBe(2);
    const counts = files.counts.map(({ host, kind, bucket, count }) => [host, kind, bucket, count]);
    expect(counts).toHaveLength(3);
    expect(counts).toEqual(
      expect.arrayContaining([
        ["host-a", "network", 0, 1],
        ["host-a", "file", 0, 1],
        ["host-a", "file", 1, 1],
      ]),
    );
    // Everything on the host in a window, also what belongs to no process.
    const window = { from: T0 + MINUTE, to: T0 + 3 * MINUTE };
    const around = await store.events.timeline(
      { ...scope, hosts: ["host-a"], ...window },
      { wants: () => true, buckets: 1, limit: 9 },
    );
    expect(around.page.items.map(({ id }) => id)).toEqual(["second", "elsewhere", "third"]);
    expect(around).toMatchObject(window);
    const none = await store.events.timeline({ processes: [], hosts: [] }, { wants: isFile, buckets: 1, limit: 9 });
    expect(none).toMatchObject({ types: [], counts: [], page: { items: [], total: 0 } });
  });
});
