import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { compileCondition } from "../condition/evaluate.ts";
import type { PlaybookQuery, Provider } from "./playbook.ts";
import { bindQuery, fieldsNeeded } from "./query-condition.ts";

function query(...groups: readonly (readonly Provider[])[]): PlaybookQuery {
  return {
    id: "q",
    label: "Q",
    target: "events",
    columns: [],
    shownBy: [],
    nothing: "Nothing",
    groups: groups.map((providers, index) => ({ label: `group ${index}`, providers })),
  };
}

function phrase(field: string, value: string | number | boolean, more: Partial<Provider> = {}): Provider {
  return { type: "phrase", field, value, excluded: false, caseInsensitive: false, ...more } as Provider;
}

function matches(bound: ReturnType<typeof bindQuery>[number] | undefined, fields: Fields): boolean {
  return bound?.condition !== undefined && compileCondition(bound.condition)(fields);
}

describe("a query bound to an alert", () => {
  it("fills templates with values as data, whatever characters they contain", () => {
    const hostile = String.raw`C:\a$&b$'c"*?.exe`;
    const [group] = bindQuery(query([phrase("process.executable", "{{process.executable}}")]), {
      "process.executable": hostile,
    });
    expect(matches(group, { "process.executable": hostile })).toBe(true);
    expect(matches(group, { "process.executable": "C:\\anything.exe" })).toBe(false);
    expect(group?.text).toBe(String.raw`process.executable: "C:\\a$&b$'c\"*?.exe"`);
  });

  it("runs the groups that can run and names what the others lack", () => {
    const bound = bindQuery(
      query(
        [phrase("process.parent.entity_id", "{{process.entity_id}}"), phrase("host.name", "{{host.name}}")],
        [phrase("process.parent.pid", "{{process.pid}}"), phrase("host.name", "{{host.name}}")],
      ),
      { "process.pid": 4164, "host.name": "srv-02" },
    );
    expect(bound[0]).toMatchObject({ condition: undefined, missing: ["process.entity_id"] });
    expect(bound[1]?.missing).toEqual([]);
    expect(matches(bound[1], { "process.parent.pid": 4164, "host.name": "srv-02" })).toBe(true);
    expect(matches(bound[1], { "process.parent.pid": 4164, "host.name": "srv-05" })).toBe(false);
  });

  it("matches any value of a field with several, and notes it", () => {
    const [group] = bindQuery(query([phrase("host.ip", "{{host.ip}}")]), { "host.ip": ["10.0.0.1", "fe80::1"] });
    expect(matches(group, { "host.ip": "fe80::1" })).toBe(true);
    expect(group?.notes).toEqual(["host.ip has several values; any of them matches"]);
  });

  it("combines partial templates and several in one text", () => {
    const [group] = bindQuery(query([phrase("user.full", "{{user.domain}}\\{{user.name}}")]), {
      "user.domain": ["A", "B"],
      "user.name": "eve",
    });
    expect(["A\\eve", "B\\eve", "C\\eve"].map((full) => matches(group, { "user.full": full }))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("refuses to combine thousands of values, and notes it", () => {
    const many = Array.from({ length: 200 }, (_, index) => `v${index}`);
    const [group] = bindQuery(query([phrase("x", "{{a}}{{b}}")]), { a: many, b: many });
    expect(group?.condition).toBeUndefined();
    expect(group?.notes[0]).toContain("more than 1000 combinations");
  });

  it("supports negation, case-insensitive values, ranges and presence", () => {
    const [group] = bindQuery(
      query([
        phrase("user.name", "{{user.name}}", { caseInsensitive: true }),
        phrase("host.name", "{{host.name}}", { excluded: true }),
        {
          type: "range",
          field: "process.pid",
          bounds: [{ operator: ">=", value: 100 }],
          excluded: false,
          caseInsensitive: false,
        },
        { type: "exists", field: "source.ip", excluded: false, caseInsensitive: false },
        { type: "phrases", field: "event.code", values: ["4624", 4648], excluded: false, caseInsensitive: false },
      ]),
      { "user.name": "Eve", "host.name": "a" },
    );
    const event = {
      "user.name": "EVE",
      "host.name": "b",
      "process.pid": 100,
      "source.ip": "::1",
      "event.code": "4648",
    };
    expect(matches(group, event)).toBe(true);
    expect(matches(group, { ...event, "host.name": "a" })).toBe(false);
    expect(matches(group, { ...event, "process.pid": 99 })).toBe(false);
    expect(matches(group, { ...event, "event.code": "4625" })).toBe(false);
  });

  it("lists the fields that its templates need", () => {
    expect(fieldsNeeded(query([phrase("a", "{{x}}{{y}}")], [phrase("b", "{{x}}"), phrase("c", 1)]))).toEqual([
      "x",
      "y",
    ]);
  });
});
