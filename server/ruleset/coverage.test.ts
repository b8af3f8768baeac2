import { describe, expect, it } from "vitest";
import { rule } from "../../test/factories/alerts.ts";
import { securityStart, sysmonStart, T0 } from "../../test/factories/events.ts";
import { compileEql, compileSequence, parseEql } from "../detection/languages/eql/eql.ts";
import { anyStageCondition } from "../detection/sequence/plan.ts";
import type { StemmaEvent } from "../event/event.ts";
import { constantsOf } from "../event/record-kinds.ts";
import { dataSourceCoverageOf } from "./coverage.ts";
import type { SeenFields } from "./seen-fields.ts";

function eql(query: string) {
  const parsed = parseEql(query);
  if (!parsed.ok || parsed.value.kind !== "event") {
    throw new Error(`not a query over single events: ${query}`);
  }
  return rule({ condition: compileEql(parsed.value) });
}

function seen(...events: readonly (readonly [source: string, event: StemmaEvent, count?: number])[]): SeenFields {
  return {
    kinds: events.map(([source, event, count = 100]) => ({
      source,
      code: event.source.code ?? "",
      constant: constantsOf(event.fields),
      fields: new Set(Object.keys(event.fields)),
      events: count,
    })),
    sampled: 100,
    stored: 100,
  };
}

const nothing: SeenFields = { kinds: [], sampled: 0, stored: 0 };
const kindOf = (query: string, data: SeenFields, source: string, code: string) =>
  dataSourceCoverageOf(eql(query), data).stages[0]?.kinds.find((kind) => kind.source === source && kind.code === code);

describe("which records can satisfy a rule", () => {
  it("knows what a process start of the Security log lacks and Sysmon has, without any data", () => {
    for (const field of [
      "process.parent.args",
      "process.entity_id",
      "process.pe.original_file_name",
      "process.hash.sha256",
    ]) {
      const query = `process where event.type == "start" and ${field} : "x*"`;
      expect(kindOf(query, nothing, "security", "4688")).toMatchObject({ verdict: "lacks fields", lacks: [field] });
      expect(kindOf(query, nothing, "sysmon", "1")).toMatchObject({ verdict: "yes", lacks: [] });
    }
    const both = 'process where event.type == "start" and process.args : "x" and process.parent.name : "y"';
    expect(kindOf(both, nothing, "security", "4688")).toMatchObject({ verdict: "yes", lacks: [] });
  });

  it("leaves kinds out that the rule does not ask for", () => {
    const { stages } = dataSourceCoverageOf(eql('registry where registry.path : "*Run*"'), nothing);
    expect(stages[0]?.kinds.map(({ source, code }) => `${source} ${code}`).sort()).toEqual([
      "security 4657",
      "sysmon 12",
      "sysmon 13",
      "sysmon 14",
    ]);
  });

  it("distinguishes alternatives that can never hold from required fields", () => {
    const query = 'process where event.type == "start" and (process.name : "a" or process.pe.original_file_name : "a")';
    expect(kindOf(query, nothing, "security", "4688")).toMatchObject({
      verdict: "yes",
      lacks: [],
      blind: ["process.pe.original_file_name"],
    });
  });

  it("takes a negated part for satisfied by a field that is never there", () => {
    const query = 'process where event.type == "start" and not process.parent.args : "x"';
    expect(kindOf(query, nothing, "security", "4688")).toMatchObject({ verdict: "yes", lacks: [], blind: [] });
  });

  it("says in a sentence whether the loaded data can satisfy it", () => {
    const sysmon = seen(["sysmon", sysmonStart({ time: T0, parentCommandLine: "a x" })]);
    const security = seen(["security", securityStart({ time: T0 })]);
    const query = eql('process where event.type == "start" and process.parent.args : "x"');
    expect(dataSourceCoverageOf(query, nothing)).toMatchObject({ loaded: "nothing stored" });
    expect(dataSourceCoverageOf(query, sysmon)).toMatchObject({ loaded: "yes" });
    expect(dataSourceCoverageOf(query, security)).toMatchObject({
      loaded: "no such records",
      sentence:
        "The event: your data lacks sysmon 1: no such event is stored; security 4688 is, without process.parent.args.",
      lack: { kind: "data", what: "record", names: ["sysmon 1"] },
    });
    expect(dataSourceCoverageOf(eql("network where destination.port == 443"), security)).toMatchObject({
      loaded: "no such records",
      sentence:
        "The event: your data lacks sysmon 3 or security 5152 or security 5156 or security 5157: no such event is stored.",
    });
    expect(
      dataSourceCoverageOf(rule({ body: { kind: "not-evaluable", reason: "why", at: {} } }), sysmon),
    ).toMatchObject({
      loaded: "not evaluable",
    });
  });

  it("needs the fields that tie the events of a sequence together, but not optional ones", () => {
    const sequence = (key: string) => {
      const parsed = parseEql(
        `sequence [process where event.type == "start"] by ${key} [network where true] by ${key}`,
      );
      if (!parsed.ok || parsed.value.kind === "event") {
        throw new Error("not a sequence");
      }
      const plan = compileSequence(parsed.value);
      return rule({ body: { kind: "sequence", plan, condition: anyStageCondition(plan) } });
    };
    const data = seen(["security", securityStart({ time: T0 })]);
    expect(dataSourceCoverageOf(sequence("process.entity_id"), data)).toMatchObject({
      loaded: "no such records",
      sentence:
        "Stage 1: your data lacks sysmon 1: no such event is stored; security 4688 is, without process.entity_id.",
    });
    const optional = dataSourceCoverageOf(sequence("?process.entity_id"), data);
    expect(optional.stages[0]?.kinds.find(({ code }) => code === "4688")?.verdict).toBe("yes");
  });

  it("believes what was seen where no mapping is known", () => {
    const fields = Object.assign(Object.create(null), { "event.category": "process", "custom.field": "x" });
    const event = { id: "1", time: T0, fields, source: { eventId: "1", file: "f", time: "" } };
    const data = seen(["other", event]);
    expect(dataSourceCoverageOf(eql('process where custom.field == "y"'), data)).toMatchObject({ loaded: "yes" });
    expect(dataSourceCoverageOf(eql('process where custom.other == "y"'), data)).toMatchObject({
      loaded: "lacks fields",
    });
  });

  it.each([
    // What no record gets, whatever is stored.
    ['process where process.Ext.api.name : "x"', { kind: "mapping", what: "field", names: ["process.Ext.api.name"] }],
    // What records would have, if they were stored; documents with ECS names are read as they are.
    ['web where url.path : "x"', { kind: "data", what: "value", names: ['event.category == "web"'] }],
    ['any where event.kind == "alert"', { kind: "data", what: "value", names: ['event.kind == "alert"'] }],
    [
      'any where event.code == "524" and event.provider == "Microsoft-Windows-Backup"',
      { kind: "data", what: "record", names: ["application 524 of Microsoft-Windows-Backup"] },
    ],
    ['any where event.code == "4698" and winlog.channel == "Security"', { kind: "data", what: "record" }],
    ['any where winlog.channel == "Made-Up/Operational"', { kind: "data", what: "value" }],
    ['process where host.os.type == "linux"', { kind: "data", what: "value", names: ['host.os.type == "linux"'] }],
    [
      'process where process.pe.original_file_name == "x"',
      { kind: "data", what: "field", names: ["process.pe.original_file_name"], of: "sysmon 1" },
    ],
    [
      'process where event.code == "1" and event.action == "no-such-action" and event.type == "start"',
      { kind: "mapping", what: "value", names: ['event.action == "no-such-action"'] },
    ],
    [
      'any where event.code == "22" and event.category == "file" and event.provider == "Microsoft-Windows-Sysmon"',
      { kind: "mapping", what: "value", of: expect.stringContaining("sysmon") },
    ],
    [
      'any where event.code == "1" and winlog.event_data.Odd : "x"',
      { kind: "data", what: "field", names: ["winlog.event_data.Odd"], of: "sysmon 1" },
    ],
  ])("tells what the mapping lacks from what the data lacks: %s", (query, lack) => {
    const data = seen(["sysmon", sysmonStart({ time: T0 })]);
    expect(dataSourceCoverageOf(eql(query), data).lack).toMatchObject(lack);
  });

  const endpoint = "logs-endpoint.events.process-*";
  const started = 'process where event.action == "exec" and process.name : "x"';
  it.each([
    [
      "an action that only an agent writes, of a rule for the agent",
      started,
      [endpoint],
      { kind: "data", what: "stream", names: [endpoint] },
      `your data lacks events of ${endpoint}, for which the rule is written; no Windows record has event.action == "exec"`,
    ],
    [
      "such an action of a rule for Windows records as well",
      started,
      ["winlogbeat-*", "logs-windows.sysmon_operational-*", endpoint],
      { kind: "data", what: "stream", names: [endpoint] },
      undefined,
    ],
    [
      "alternatives, of which the decisive comparisons are named",
      'any where (event.category == "file" and event.action == "creation" and file.path : "a*") or ' +
        '(event.category == "process" and event.action == "exec")',
      [endpoint],
      { kind: "data", what: "stream" },
      `your data lacks events of ${endpoint}, for which the rule is written; ` +
        'no Windows record has event.action == "creation" or event.action == "exec"',
    ],
    [
      "a field of an agent",
      "process where process.code_signature.trusted == false",
      [endpoint],
      { kind: "data", what: "stream", names: [endpoint] },
      `your data lacks events of ${endpoint}, for which the rule is written; no Windows record has process.code_signature.trusted`,
    ],
    [
      "a field of a rule for Windows records as well",
      "process where process.code_signature.trusted == false",
      ["logs-system.security*", endpoint],
      { kind: "mapping", what: "field", names: ["process.code_signature.trusted"] },
      "our mapping lacks process.code_signature.trusted: sysmon 1, which comes nearest, does not get it; " +
        `events of ${endpoint} can have it`,
    ],
    [
      "a field of a rule for Windows records alone",
      "process where process.code_signature.trusted == false",
      ["logs-windows.*"],
      { kind: "mapping", what: "field", of: "sysmon 1" },
      undefined,
    ],
    [
      "what a Windows record has, of a rule for an agent",
      'process where process.pe.original_file_name == "x"',
      [endpoint],
      { kind: "data", what: "field", of: "sysmon 1" },
      undefined,
    ],
  ])(
    "blames the data for events of other sources, which it reads as they are: %s",
    (_what, query, streams, lack, text) => {
      const data = seen(["sysmon", sysmonStart({ time: T0 })]);
      const found = dataSourceCoverageOf({ ...eql(query), streams }, data).lack;
      expect(found).toMatchObject(lack);
      expect(found?.text).toBe(text ?? found?.text);
    },
  );

  it("says whether stored events have each of the values, or none of them", () => {
    const data = seen(["sysmon", sysmonStart({ time: T0 })], ["security", securityStart({ time: T0 })]);
    const text = (query: string) => dataSourceCoverageOf(eql(query), data).lack?.text;
    expect(text('any where host.os.type == "linux" and event.module == "auditd"')).toBe(
      'your data lacks host.os.type == "linux", event.module == "auditd": no stored event has any of them',
    );
    expect(text('any where winlog.channel == "Security" and event.provider == "Microsoft-Windows-Sysmon"')).toBe(
      'your data lacks winlog.channel == "Security", event.provider == "Microsoft-Windows-Sysmon": ' +
        "no stored event has them together",
    );
  });

  it("names the field that stored events of the other source lack", () => {
    const fields = Object.assign(Object.create(null), {
      "event.category": "process",
      "event.action": "exec",
      "data_stream.dataset": "endpoint.events.process",
    });
    const event = { id: "1", time: T0, fields, source: { eventId: "1", file: "f", time: "" } };
    const data = seen(["endpoint.events.process", event]);
    expect(dataSourceCoverageOf({ ...eql(started), streams: [endpoint] }, data).lack).toMatchObject({
      kind: "data",
      what: "field",
      names: ["process.name"],
      of: "endpoint.events.process",
    });
  });
});
