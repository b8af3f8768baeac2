import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { ok } from "../../lib/result.ts";
import { createDetector } from "../detector.ts";
import { readRules } from "./load.ts";

const failed = `
title: Failed logon
name: failed_logon
id: 00000000-0000-4000-8000-000000000001
logsource: { product: windows, service: security }
detection:
  selection: { EventID: 4625 }
  condition: selection
`;
const succeeded = `
title: Logon
name: logon
id: 00000000-0000-4000-8000-000000000002
logsource: { product: windows, service: security }
detection:
  selection: { EventID: 4624 }
  condition: selection
`;
const many = `
title: Many failed logons
name: many_failed_logons
id: 00000000-0000-4000-8000-000000000003
correlation:
  type: event_count
  rules: failed_logon
  group-by: [TargetUserName, Computer]
  timespan: 5m
  condition: { gte: 3 }
level: high
`;

function load(...texts: readonly string[]) {
  const files = texts.map((text, index) => ({ file: `${index}.yml`, source: `${index}.yml`, text: ok(text) }));
  return readRules(files);
}

function ruleOf(loaded: ReturnType<typeof load>, name: string) {
  const rule = loaded.rules.find(({ sigma, id }) => sigma?.name === name || id === name);
  if (rule === undefined) {
    throw new Error(name);
  }
  return rule;
}

/** A correlation of its own with these lines, over failed and successful logons. */
function correlation(lines: string): string {
  return `title: C\nname: c\nid: 00000000-0000-4000-8000-000000000009\ncorrelation:\n${lines
    .trim()
    .split("\n")
    .map((line) => `  ${line.trim().replaceAll("~", "  ")}`)
    .join("\n")}\n`;
}

interface Logon {
  readonly at: number;
  readonly code: string;
  readonly user?: string;
  readonly source?: string;
  readonly computer?: string;
}

/**
 * What rule `c` (or another) finds among logons, at so many seconds each: the seconds of the events of each finding.
 */
function find(texts: readonly string[], logons: readonly Logon[], name = "c"): readonly string[] {
  const loaded = load(...texts);
  const rule = ruleOf(loaded, name);
  expect(rule.body.kind === "not-evaluable" ? rule.body.reason : "").toBe("");
  const { correlations } = createDetector(loaded.rules);
  const run = correlations.start();
  for (const [index, { at, code, user = "alice", source, computer = "a" }] of logons.entries()) {
    const fields: Fields = Object.assign(Object.create(null), {
      "host.os.type": "windows",
      "event.provider": "Microsoft-Windows-Security-Auditing",
      "winlog.channel": "Security",
      "event.code": code,
      "winlog.event_data.TargetUserName": user,
      "winlog.computer_name": computer,
      ...(source === undefined ? {} : { "winlog.event_data.IpAddress": source }),
    });
    const id = String(index).padStart(3, "0");
    run.apply({ id, time: at * 1000 }, correlations.match({ id, fields }));
  }
  return run
    .collectFindings(Number.POSITIVE_INFINITY)
    .findings.filter((finding) => finding.rule.id === rule.id)
    .map(({ finding: found }) => found.occurrences.map(({ time }) => time / 1000).join(" "))
    .sort();
}

const fail = (at: number, more: Partial<Logon> = {}) => ({ at, code: "4625", ...more });
const succeed = (at: number, more: Partial<Logon> = {}) => ({ at, code: "4624", ...more });

describe("Sigma correlations", () => {
  it("count events by the values of their group within the timespan, ends included", () => {
    const texts = [failed, many];
    expect(find(texts, [fail(0), fail(100), fail(300)], "many_failed_logons")).toEqual(["0 100 300"]);
    expect(find(texts, [fail(0), fail(100), fail(301)], "many_failed_logons")).toEqual([]);
    expect(find(texts, [fail(0), fail(1, { user: "bob" }), fail(2)], "many_failed_logons")).toEqual([]);
    expect(find(texts, [fail(0), fail(1, { computer: "b" }), fail(2)], "many_failed_logons")).toEqual([]);
  });

  it.each<[string, readonly string[]]>([
    ["gt: 2", ["0 1 2"]],
    ["gt: 3", []],
    ["eq: 3", ["0 1 2"]],
    ["eq: 2", []],
    ["lt: 3", []],
    ["lte: 3", ["0 1 2"]],
    ["gte: 2, lt: 4", ["0 1 2"]],
  ])("compare with %s", (condition, expected) => {
    const text = correlation(
      `type: event_count\nrules: [failed_logon]\ngroup-by: [Computer]\ntimespan: 1m\ncondition: { ${condition} }`,
    );
    expect(find([failed, text], [fail(0), fail(1), fail(2)])).toEqual(expected);
  });

  it("count different values of a field", () => {
    const text = correlation(
      "type: value_count\nrules: [failed_logon]\ngroup-by: [Computer]\ntimespan: 1m\ncondition: { field: TargetUserName, gte: 3 }",
    );
    const users = (...names: readonly string[]) => names.map((user, at) => fail(at, { user }));
    expect(find([failed, text], users("alice", "bob", "alice"))).toEqual([]);
    expect(find([failed, text], users("alice", "bob", "carol", "alice"))).toEqual(["0 1 2 3"]);
  });

  it("find rules near each other, in any order or in the order given", () => {
    const lines = (type: string) =>
      correlation(`type: ${type}\nrules: [failed_logon, logon]\ngroup-by: [TargetUserName]\ntimespan: 10s`);
    const both = [failed, succeeded];
    expect(find([...both, lines("temporal")], [succeed(0), fail(10)])).toEqual(["0 10"]);
    expect(find([...both, lines("temporal")], [succeed(0), fail(11)])).toEqual([]);
    expect(find([...both, lines("temporal_ordered")], [succeed(0), fail(5)])).toEqual([]);
    expect(find([...both, lines("temporal_ordered")], [fail(0), fail(3), succeed(5)])).toEqual(["3 5"]);
  });

  it("join fields of different names by aliases", () => {
    const text = correlation(`
      type: temporal
      rules: [failed_logon, logon]
      group-by: [who]
      timespan: 10s
      aliases:
      ~who:
      ~~failed_logon: TargetUserName
      ~~logon: IpAddress`);
    expect(find([failed, succeeded, text], [fail(0), succeed(1, { source: "alice" })])).toEqual(["0 1"]);
    expect(find([failed, succeeded, text], [fail(0), succeed(1, { source: "bob" })])).toEqual([]);
  });

  it("count what other correlations find, by fields of their own", () => {
    const text = correlation(
      "type: temporal_ordered\nrules: [many_failed_logons, logon]\ngroup-by: [TargetUserName]\ntimespan: 1h",
    );
    const texts = [text, many, succeeded, failed];
    const burst = [fail(0), fail(1), fail(2)];
    expect(find(texts, [...burst, succeed(60, { computer: "b" })])).toEqual(["2 60"]);
    expect(find(texts, [...burst, succeed(60, { user: "bob" })])).toEqual([]);
    expect(find(texts, [...burst.slice(1), succeed(60)])).toEqual([]);
    expect(find(texts, [succeed(0), fail(1), fail(2), fail(3)])).toEqual([]);
  });

  it("silence the rules that they refer to, unless these are to raise alerts too", () => {
    const raises = (text: string) => {
      const { rules } = load(failed, text);
      const fields = {
        "event.code": "4625",
        "host.os.type": "windows",
        "event.provider": "Microsoft-Windows-Security-Auditing",
      };
      const source = { eventId: "e", file: "f", time: "" };
      return createDetector(rules).test({
        id: "e",
        time: 0,
        fields: { ...fields, "winlog.channel": "Security" },
        source,
      }).length;
    };
    expect(raises(many)).toBe(0);
    expect(raises(many.replace("  type:", "  generate: true\n  type:"))).toBe(1);
    expect(raises(many.replace("5m", "soon"))).toBe(1);
    const whole = { id: "00000000-0000-4000-8000-000000000003", name: "Many failed logons" };
    expect(ruleOf(load(failed, many), "failed_logon").partOf).toEqual([whole]);
  });

  it("find the rules that they refer to by id or name, in any file or in the same one, with or without ids", () => {
    const byId = many.replace("rules: failed_logon", "rules: [00000000-0000-4000-8000-000000000001]");
    expect(ruleOf(load(byId, failed), "many_failed_logons").body.kind).toBe("correlation");
    const one = [many, failed, succeeded].map((text) => text.replace(/^id: .*\n/m, "")).join("---\n");
    const loaded = load(one);
    expect(loaded.files).toMatchObject([{ state: "evaluable" }]);
    expect(loaded.rules.map(({ id }) => id)).toEqual(["0.yml", "0.yml#2", "0.yml#3"]);
    expect(ruleOf(loaded, "failed_logon").query).toContain("4625");
    expect(ruleOf(loaded, "many_failed_logons").query).toContain("event_count");
  });

  it.each([
    [
      "type: event_count\nrules: [nothing]\ntimespan: 1m\ncondition: { gte: 1 }",
      '"nothing", but no rule has this id or name',
    ],
    ["type: event_count\nrules: [c]\ntimespan: 1m\ncondition: { gte: 1 }", 'the correlation "C" refers to itself'],
    [
      "type: event_count\nrules: [failed_logon]\ntimespan: 1M\ncondition: { gte: 1 }",
      'the timespan "1M" is not a number',
    ],
    ["type: event_count\nrules: [failed_logon]\ntimespan: 1m", "needs a condition such as gte: 10"],
    ["type: event_count\nrules: [failed_logon]\ntimespan: 1m\ncondition: { neq: 1 }", 'the comparison "neq"'],
    [
      "type: value_count\nrules: [failed_logon]\ntimespan: 1m\ncondition: { gte: 1 }",
      "needs one field in its condition",
    ],
    ["type: value_sum\nrules: [failed_logon]\ntimespan: 1m\ncondition: { gte: 1 }", "correlations of type value_sum"],
    ["type: temporal\nrules: [failed_logon]\ntimespan: 1m\ncondition: a and not b", "over the names of rules"],
  ])("say why they cannot run: %s", (lines, reason) => {
    const { body } = ruleOf(load(failed, correlation(lines)), "c");
    expect(body.kind === "not-evaluable" ? body.reason : "it runs").toContain(reason);
  });

  it("refuse rules that share a name, and those that cannot be evaluated", () => {
    const twin = failed.replace("0001", "0011");
    expect(ruleOf(load(failed, twin, many), "many_failed_logons").body).toMatchObject({
      reason: expect.stringContaining("2 rules have this name"),
    });
    const unknown = failed.replace("EventID:", "EventID|strange:");
    expect(ruleOf(load(unknown, many), "many_failed_logons").body).toMatchObject({
      reason: expect.stringContaining("strange"),
    });
  });
});
