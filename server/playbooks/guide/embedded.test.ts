import { describe, expect, it } from "vitest";
import { compileGuide, type GuideContent } from "./compile.ts";

const provider = (field: string, value: string, more = "") => `{"field":"${field}","value":"${value}"${more}}`;
const block = (label: string, more = "") =>
  `!{investigate{"label":"${label}","providers":[[${provider("host.id", "{{host.id}}")}]]${more}}}`;

function guide(text: string, entries: { investigate?: unknown[]; osquery?: unknown[] } = {}): GuideContent {
  const listed = (values: unknown[] = []) => values.map((value, index) => ({ value, line: 100 + index }));
  return compileGuide({
    text: `### Possible investigation steps\n\n${text}`,
    file: "rule.toml",
    firstLine: 10,
    investigate: listed(entries.investigate),
    osquery: listed(entries.osquery),
  });
}

const entry = (label: string) => ({ label, providers: [[{ field: "host.id", value: "{{host.id}}" }]] });

describe("queries in the text of a guide", () => {
  it("belong to the step that they stand in; several stand on one line, and text beside them stays", () => {
    const { steps, queries } = guide(
      `- Is it known?\n  - Hint: see ${block("one")} and then ${block("two")} before you go on.\n- Is it rare?\n  - ${block("three")}`,
    );
    expect(queries.map(({ label }) => label)).toEqual(["one", "two", "three"]);
    expect(steps.map(({ queryIds, hints, details }) => [queryIds.length, hints, details])).toEqual([
      [2, ["see and then before you go on."], []],
      [1, [], []],
    ]);
  });

  it("may span lines, have braces in texts, and templates in labels", () => {
    const { steps, queries, warnings } = guide(
      `- Is it known? !{investigate{\n  "label": "of {{host.name}} }",\n  "providers": [[\n    ${provider("process.args", "}} {")}\n  ]]\n}}\n- Is it rare? $osquery_9`,
    );
    expect(queries.map(({ label }) => label)).toEqual(["of {{host.name}} }"]);
    expect(steps.map(({ question }) => question)).toEqual(["Is it known?", "Is it rare? $osquery_9"]);
    expect(warnings).toMatchObject([{ code: "playbook.unresolved-query", at: { line: 18, column: 15 } }]);
  });

  it.each([
    ["a brace that is missing", '!{investigate{"label":"x","providers":[]}', "expected a second }"],
    ["an unquoted name", '!{investigate{label:"x"}}', "expected a name in double quotes"],
    ["an end that is missing", '!{osquery{"label":"x', "expected a value"],
  ])("with %s stay readable, with the place, and hide nothing", (_, source, message) => {
    const { steps, queries, warnings, findings } = guide(`- First, look ${source} closely.\n- Second. ${block("two")}`);
    expect(warnings).toMatchObject([
      { code: "playbook.block-syntax", at: { file: "rule.toml", line: 12, column: 15 } },
    ]);
    expect(warnings[0]?.message).toContain(message);
    expect(steps.map(({ question }) => question)).toEqual([`First, look ${source} closely.`, "Second."]);
    expect(queries).toHaveLength(1);
    expect(findings).toMatchObject({ queries: 2, compiled: 1 });
  });

  it("with fields that are not known are run without them, and stay readable", () => {
    const { steps, queries, warnings } = guide(`- Look. ${block("one", ',"color":"red"')}`);
    expect(queries).toHaveLength(1);
    expect(warnings).toMatchObject([{ code: "playbook.invalid-query", at: { line: 12, column: 9 } }]);
    expect(steps[0]?.details[0]).toContain('"color":"red"');
  });

  it("are not looked for in code fences; a fence that is never closed is none", () => {
    const fenced = guide(`- Look.\n\n\`\`\`\n# no heading\n${block("one")}\n\`\`\`\n\n- Go on.`);
    expect([fenced.queries, fenced.steps.length]).toEqual([[], 2]);
    expect(fenced.texts[0]?.markdown).toContain("# no heading");
    const open = guide(`- Look.\n\n\`\`\`\n${block("one")}\n\n- Go on.`);
    expect([open.queries.length, open.steps.length]).toEqual([1, 2]);
  });

  it("are named by their place in the rule; entries without a name come at the end", () => {
    const content = guide("- Look. $investigate_1\n  - $osquery_1\n- Price in US$$ $investigate_2", {
      investigate: [entry("zero"), entry("one")],
      osquery: [
        { label: "first", query: "SELECT 1" },
        { label: "second", query: "SELECT 2" },
      ],
    });
    expect(
      content.steps.map(({ question, osquery, required }) => [question, osquery.map(({ sql }) => sql), required]),
    ).toEqual([
      ["Look.", ["SELECT 2"], true],
      ["Price in US$ $investigate_2", [], true],
      ["Further queries of the guide", ["SELECT 1"], false],
    ]);
    expect(content.steps.map(({ queryIds }) => queryIds.length)).toEqual([1, 0, 1]);
    expect(content.findings.unresolved).toEqual(["$investigate_2"]);
    expect(content.warnings.map(({ code, at }) => [code, at?.line, at?.column])).toEqual([
      ["playbook.unresolved-query", 14, 17],
      ["playbook.unused-entry", 10, undefined],
      ["playbook.unused-entry", 10, undefined],
    ]);
  });

  it("cannot be forged with the marks that stand for them inside", () => {
    const { steps } = guide(`- Look. \uE0000\uE001\n- Go on. ${block("one")}`);
    expect(steps.map(({ queryIds }) => queryIds.length)).toEqual([0, 1]);
  });
});

describe("an investigate query", () => {
  const compiled = (value: unknown, kind = "investigate") => guide(`- Look. !{${kind}${JSON.stringify(value)}}`);
  const withProviders = (...groups: unknown[][]) => compiled({ label: "q", providers: groups });

  it("has providers of all types, with values of the type that is named", () => {
    const { queries, warnings } = withProviders([
      { field: "a", excluded: true, queryType: "phrase", value: "4", valueType: "number" },
      { field: "b", queryType: "phrases", value: '["x", "{{user.name}}"]', valueType: "string" },
      { field: "c", queryType: "range", value: '{"gte": "5", "lt": 9}', valueType: "number" },
      { field: "d", queryType: "exists", value: "" },
      { field: "e", value: "true", valueType: "boolean" },
      { field: "f", value: "{{process.pid}}", valueType: "number" },
    ]);
    const common = { caseInsensitive: false, excluded: false };
    expect(queries[0]?.groups[0]?.providers).toEqual([
      { type: "phrase", field: "a", value: 4, ...common, excluded: true },
      { type: "phrases", field: "b", values: ["x", "{{user.name}}"], ...common },
      {
        type: "range",
        field: "c",
        bounds: [
          { operator: ">=", value: 5 },
          { operator: "<", value: 9 },
        ],
        ...common,
      },
      { type: "exists", field: "d", ...common },
      { type: "phrase", field: "e", value: true, ...common },
      { type: "phrase", field: "f", value: "{{process.pid}}", ...common },
    ]);
    expect(warnings).toEqual([]);
  });

  it("leaves out a group of which it cannot read a provider, and runs the others", () => {
    const { queries, warnings } = withProviders(
      [
        { field: "a", value: "1" },
        { field: "b", queryType: "regex", value: "x" },
      ],
      [{ field: "c", value: "2" }],
    );
    expect(queries[0]?.groups.map(({ providers }) => providers.map(({ field }) => field))).toEqual([["c"]]);
    expect(warnings).toMatchObject([{ code: "playbook.invalid-query", at: { field: "providers.0.1" } }]);
  });

  it("searches alerts for signals, and becomes two where only some groups are about alerts", () => {
    const signal = { field: "event.kind", value: "signal" };
    const { queries } = withProviders([signal, { field: "user.id", value: "{{user.id}}" }]);
    expect(queries.map(({ target }) => target)).toEqual(["alerts"]);
    const mixed = withProviders([signal], [{ field: "event.category", value: "file" }]).queries;
    expect(mixed.map(({ label, target, groups }) => [label, target, groups.length])).toEqual([
      ["q (events)", "events", 1],
      ["q (alerts)", "alerts", 1],
    ]);
  });

  it("knows what it searches: columns, records that would show a hit, children", () => {
    const category = { field: "event.category", value: "process" };
    const { queries } = withProviders(
      [category, { field: "process.parent.entity_id", value: "{{process.entity_id}}" }],
      [category, { field: "process.parent.pid", value: "{{process.pid}}" }],
    );
    expect(queries[0]).toMatchObject({
      lineage: "children",
      nothing: "No child process was recorded",
      shownBy: [
        { source: "sysmon", code: "1" },
        { source: "security", code: "4688" },
      ],
      groups: [{ label: "by process.parent.entity_id" }, { label: "by process.parent.pid" }],
    });
    const [logons] = withProviders([{ field: "event.code", value: "4624" }]).queries;
    expect(logons).toMatchObject({ shownBy: [{ source: "security", code: "4624" }], lineage: undefined });
    expect(logons?.columns).toContain("source.ip");
  });

  it("looks as far ahead of the event as back where its end is the detection", () => {
    const times = (relativeFrom?: string, relativeTo?: string) => {
      const { queries, warnings } = compiled({
        label: "q",
        providers: [[{ field: "a", value: "1" }]],
        relativeFrom,
        relativeTo,
      });
      return [queries[0]?.from, queries[0]?.to, warnings.length];
    };
    expect(times("now-1h", "now")).toEqual(["now-1h", undefined, 0]);
    expect(times("now-48h/h", "now+1h")).toEqual(["now-48h/h", "now+1h", 0]);
    expect(times()).toEqual([undefined, undefined, 0]);
    expect(times("yesterday", "now")).toEqual([undefined, undefined, 1]);
  });

  it("has an older form, in which a parameter is the name of a field", () => {
    const { queries, warnings } = compiled(
      {
        label: "q",
        providers: [
          [{ field: "event.id", value: "kibana.alert.original_event.id", type: "parameter" }],
          [
            { field: "event.action", value: "rename", type: "literal" },
            { field: "process.pid", value: "process.pid", queryType: "parameter" },
          ],
        ],
      },
      "insight",
    );
    expect(queries[0]?.groups.map(({ providers }) => providers)).toMatchObject([
      [{ value: "{{kibana.alert.original_event.id}}" }],
      [{ value: "rename" }, { type: "phrase", value: "{{process.pid}}" }],
    ]);
    expect(warnings).toEqual([]);
  });

  it("keeps its id when others change, and its description beside it", () => {
    const one = guide(`- Look. ${block("one", ',"description":"Why so."')}`);
    const two = guide(`- Before. ${block("zero")}\n- Look. ${block("one")}`);
    expect(two.queries[1]?.id).toBe(one.queries[0]?.id);
    expect(one.steps[0]?.details).toEqual(["one: Why so."]);
  });
});
