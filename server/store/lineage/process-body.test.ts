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
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const time = fc.integer({ min: 0, max: 4e12 });
const account = fc.record({ name: text, domain: maybe(text), id: maybe(text) });

const { sysmon, security } = eventSourceNames;
const source: fc.Arbitrary<SourceRef> = fc.record({
  eventId: text,
  file: text,
  offset: maybe(fc.nat()),
  provider: maybe(fc.constantFrom(sysmon.provider, security.provider, "other")),
  channel: maybe(fc.constantFrom(sysmon.channel, security.channel)),
  code: maybe(fc.constantFrom("1", "5", "4688", "9")),
  recordId: maybe(text),
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
  entityId: maybe(fc.constantFrom("{1}", "{2}")),
  pid: maybe(fc.nat()),
  executable: maybe(text),
  commandLine: maybe(text),
  args: maybe(fc.array(text, { maxLength: 3 })),
  workingDirectory: maybe(text),
  hashes: maybe(fc.record({ md5: text })),
  integrityLevel: maybe(text),
  user: maybe(account),
  creator: maybe(account),
  logonId: maybe(text),
  parentEntityId: maybe(text),
  parentPid: maybe(fc.nat()),
  parentExecutable: maybe(text),
  parentCommandLine: maybe(text),
  parentUser: maybe(text),
});

const end: fc.Arbitrary<EndFact> = fc.record({
  kind: fc.constant("end" as const),
  host: fc.constantFrom("host", "other"),
  time,
  side: fc.constantFrom("agent" as const, "security" as const),
  source,
  entityId: maybe(fc.constantFrom("{1}", "{2}")),
  pid: maybe(fc.nat()),
  executable: maybe(text),
  exitCode: maybe(text),
});

const row: fc.Arbitrary<ProcessRow> = fc.record({
  key: fc.constant("key"),
  kind: fc.constantFrom("entity" as const, "start" as const, "placeholder" as const),
  host: fc.constant("host"),
  entityId: maybe(fc.constant("{1}")),
  facts: fc.record({
    starts: fc.array(start, { maxLength: 2 }),
    ends: fc.array(end, { maxLength: 2 }),
    observed: maybe(fc.record({ first: time, pid: maybe(fc.nat()), executable: maybe(text), user: maybe(account) })),
    inferred: maybe(fc.record({ first: time, commandLine: maybe(text), user: maybe(text) })),
    named: maybe(fc.record({ pid: fc.nat(), executable: maybe(text) })),
    replacedPlaceholders: maybe(fc.array(fc.record({ key: text, exit: maybe(text) }), { maxLength: 2 })),
  }),
  exit: maybe(end),
  parent: maybe(
    fc.record({
      key: text,
      basis: fc.constantFrom("entity" as const, "ambiguous" as const),
      candidates: maybe(fc.array(text, { maxLength: 2 })),
    }),
  ),
});

/** What a JSON text can hold: lone surrogates aside, absent is absent. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("the stored body of a process", () => {
  it("reads back as it was written", () => {
    fc.assert(
      fc.property(row, (one) => {
        const { kind, entityId, facts, exit, parent } = one;
        expect(plain(readBody(writeBody(one), one.host))).toEqual(plain({ kind, entityId, facts, exit, parent }));
      }),
      { numRuns: 500 },
    );
  });

  it("reads bodies that were written with names", () => {
    fc.assert(
      fc.property(row, ({ kind, entityId, facts, exit, parent, host }) => {
        const body = { kind, entityId, facts, exit, parent };
        expect(readBody(JSON.stringify(body), host)).toEqual(plain(body));
      }),
      { numRuns: 20 },
    );
  });

  it("does not say twice what the row and its command line say", () => {
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

  it.each(["{}", "[]", "[0,null,[1]]", "[9,null,[],[]]", '"x"', "null"])("refuses the damaged text %s", (damaged) => {
    expect(() => readBody(damaged, "host")).toThrow("damaged row");
  });
});
