import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SourceRef } from "#contracts/event";
import { eventSourceNames } from "#contracts/event-source";
import type { EndFact, StartFact } from "../../lineage/facts.ts";
import type { ProcessRow } from "../../lineage/process-row.ts";
import { readBody, writeBody } from "./process-body.ts";

const text = fc.oneof(
  fc.string(),
  fc.constantFrom("", "C:\\a b\\c.exe", '"c:\\x.exe" /a "b c"', "\ud800", "__proto__"),
);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const time = fc.integer({ min: 0, max: 4e12 });
const account = fc.record({ name: text, domain: optional(text), id: optional(text) });

const { sysmon, security } = eventSourceNames;
const source: fc.Arbitrary<SourceRef> = fc.record({
  eventId: text,
  file: text,
  offset: optional(fc.nat()),
  provider: optional(fc.constantFrom(sysmon.provider, security.provider, "other")),
  channel: optional(fc.constantFrom(sysmon.channel, security.channel)),
  code: optional(fc.constantFrom("1", "5", "4688", "9")),
  recordId: optional(text),
  time: fc.oneof(
    time.map((one) => new Date(one).toISOString()),
    text,
  ),
});

const start: fc.Arbitrary<StartFact> = fc.record({
  kind: fc.constant("start" as const),
  host: fc.constantFrom("host", "other"),
  time,
  side: fc.constantFrom("agent" as const, "security" as const),
  source,
  entityId: optional(fc.constantFrom("{1}", "{2}")),
  pid: optional(fc.nat()),
  executable: optional(text),
  commandLine: optional(text),
  args: optional(fc.array(text, { maxLength: 3 })),
  workingDirectory: optional(text),
  hashes: optional(fc.record({ md5: text })),
  integrityLevel: optional(text),
  user: optional(account),
  creator: optional(account),
  logonId: optional(text),
  parentEntityId: optional(text),
  parentPid: optional(fc.nat()),
  parentExecutable: optional(text),
  parentCommandLine: optional(text),
  parentUser: optional(text),
});

const end: fc.Arbitrary<EndFact> = fc.record({
  kind: fc.constant("end" as const),
  host: fc.constantFrom("host", "other"),
  time,
  side: fc.constantFrom("agent" as const, "security" as const),
  source,
  entityId: optional(fc.constantFrom("{1}", "{2}")),
  pid: optional(fc.nat()),
  executable: optional(text),
  exitCode: optional(text),
});

const row: fc.Arbitrary<ProcessRow> = fc.record({
  key: fc.constant("key"),
  kind: fc.constantFrom("entity" as const, "start" as const, "placeholder" as const),
  host: fc.constant("host"),
  entityId: optional(fc.constant("{1}")),
  facts: fc.record({
    starts: fc.array(start, { maxLength: 2 }),
    ends: fc.array(end, { maxLength: 2 }),
    observed: optional(
      fc.record({ first: time, pid: optional(fc.nat()), executable: optional(text), user: optional(account) }),
    ),
    inferred: optional(fc.record({ first: time, commandLine: optional(text), user: optional(text) })),
    named: optional(fc.record({ pid: fc.nat(), executable: optional(text) })),
    replacedPlaceholders: optional(fc.array(fc.record({ key: text, exit: optional(text) }), { maxLength: 2 })),
  }),
  exit: optional(end),
  parent: optional(
    fc.record({
      key: text,
      basis: fc.constantFrom("entity" as const, "ambiguous" as const),
      candidates: optional(fc.array(text, { maxLength: 2 })),
    }),
  ),
});

/** The value after a round trip through JSON, which drops undefined properties. */
const jsonValue = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("the stored body of a process", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(row, (one) => {
        const { kind, entityId, facts, exit, parent } = one;
        expect(jsonValue(readBody(writeBody(one), one.host))).toEqual(
          jsonValue({ kind, entityId, facts, exit, parent }),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("is read from the former form with named properties", () => {
    fc.assert(
      fc.property(row, ({ kind, entityId, facts, exit, parent, host }) => {
        const body = { kind, entityId, facts, exit, parent };
        expect(readBody(JSON.stringify(body), host)).toEqual(jsonValue(body));
      }),
      { numRuns: 20 },
    );
  });

  it("is read with the former names of rare facts, in lists and in the form with named properties", () => {
    const observed = { first: 1, pid: 4 };
    const inferred = { first: 2, commandLine: "x" };
    const replacedPlaceholders = [{ key: "p" }];
    const former = { seen: observed, told: inferred, stoodIn: replacedPlaceholders };
    const facts = { starts: [], ends: [], observed, inferred, replacedPlaceholders };
    const list = JSON.stringify([0, "{1}", [], [], null, null, former]);
    const named = JSON.stringify({ kind: "entity", entityId: "{1}", facts: { starts: [], ends: [], ...former } });
    for (const body of [list, named]) {
      expect(jsonValue(readBody(body, "host"))).toEqual({ kind: "entity", entityId: "{1}", facts });
    }
  });

  it("does not repeat what the row and the command line contain", () => {
    const fact: StartFact = {
      kind: "start",
      host: "host",
      time: 1_700_000_000_000,
      side: "agent",
      source: { eventId: "e", file: "f", time: new Date(1_700_000_000_000).toISOString() },
      entityId: "{1}",
      commandLine: "cmd /c dir",
      args: ["cmd", "/c", "dir"],
    };
    const written = writeBody({
      key: "k",
      kind: "entity",
      host: "host",
      entityId: "{1}",
      facts: { starts: [fact], ends: [] },
    });
    expect(written.match(/\{1\}/g)).toHaveLength(1);
    expect(written).not.toContain("2023-11-14");
    expect(written.match(/dir/g)).toHaveLength(1);
  });

  it.each(["{}", "[]", "[0,null,[1]]", "[9,null,[],[]]", '"x"', "null"])(
    "throws for the damaged text %s",
    (damaged) => {
      expect(() => readBody(damaged, "host")).toThrow("damaged row");
    },
  );
});
