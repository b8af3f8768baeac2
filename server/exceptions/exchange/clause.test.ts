import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { compileCondition } from "../../condition/evaluate.ts";
import { readRules } from "../../detection/rule-files/load.ts";
import { compileException } from "../../exception/active.ts";
import { noLists } from "../../exception/lists.ts";
import { ok } from "../../lib/result.ts";
import { adaptGroups } from "./adapt.ts";
import { clauseOf } from "./clause.ts";
import { macroTermOf } from "./spl-macro.ts";

const runs = Number(process.env.PROPERTY_RUNS ?? 200);

const part = fc.constantFrom("a", "B", "b", "1", "2", " ", "\\", "&", '"', "*", "?", "(", ".", "`", "'", "ü");
const text = fc.string({ unit: part, minLength: 1, maxLength: 5 });
const template = fc
  .array(fc.oneof(text, fc.constantFrom("{digits}", "{name}", "{hex}")), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(""));
const field = fc.constantFrom("process.command_line", "process.name", "user.name");
const operator = fc.constantFrom("included" as const, "excluded" as const);
const caseMode = fc.constantFrom("sensitive" as const, "insensitive" as const);
const common = { field, operator, case: caseMode };
const entry: fc.Arbitrary<ExceptionEntry> = fc.oneof(
  fc.record({ type: fc.constant("match" as const), value: text, ...common }),
  fc.record({
    type: fc.constant("match_any" as const),
    values: fc.array(text, { minLength: 1, maxLength: 3 }),
    ...common,
  }),
  fc.record({ type: fc.constant("wildcard" as const), value: text, ...common }),
  fc.record({ type: fc.constant("template" as const), value: template, ...common }),
  fc.record({ type: fc.constant("exists" as const), ...common }),
);
const groups = fc.array(fc.array(entry, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 });
const excepted = groups.map(([entries = [], ...alternatives]) => ({ entries, alternatives }));
const event: fc.Arbitrary<Fields> = fc
  .dictionary(field, fc.string({ unit: part, maxLength: 6 }), { maxKeys: 3 })
  .map((fields) => Object.assign(Object.create(null), fields));
const events = fc.array(event, { minLength: 1, maxLength: 6 });

const record = { id: "x", name: "x", mode: "shadow" } as const;

/** What may differ is what the form says. */
function holds(form: { readonly broader: boolean; readonly narrower: boolean }, isHidden: boolean, byText: boolean) {
  expect(byText || !isHidden || form.narrower).toBe(true);
  expect(!byText || isHidden || form.broader).toBe(true);
}

describe("a clause", () => {
  it.each(["eql", "kql"] as const)(
    "in %s hides the same events, and more or less only where it says so",
    (language) => {
      let said = 0;
      fc.assert(
        fc.property(excepted, events, (exception, some) => {
          const clause = clauseOf(exception, language, noLists);
          if (clause.ok) {
            said += 1;
            const keeps = compileCondition(clause.value.keeps);
            const { matches } = compileException({ ...record, ...exception });
            for (const fields of some) {
              holds(clause.value, matches({ fields }), !keeps(fields));
            }
          }
        }),
        { numRuns: runs },
      );
      expect(said).toBeGreaterThan(runs / 10);
    },
  );

  it("is exact in EQL for every exception about fields of the event", () => {
    fc.assert(
      fc.property(excepted, (exception) => {
        const clause = clauseOf(exception, "eql", noLists);
        expect(clause).toMatchObject({ ok: true, value: { broader: false, narrower: false } });
      }),
      { numRuns: runs },
    );
  });

  it("names hosts and systems as the exception does, and reads parents from the record", () => {
    const parent: ExceptionEntry = {
      type: "ancestor",
      which: "parent",
      operator: "included",
      entries: [{ type: "match", field: "process.name", value: "a.exe", operator: "included", case: "insensitive" }],
    };
    expect(clauseOf({ entries: [parent], os: ["windows"], hosts: ["srv-*"] }, "eql", noLists)).toMatchObject({
      value: {
        narrower: true,
        text: expect.stringMatching(/host\.os\.type.*host\.name.*process\.parent\.name in~ \("a\.exe"\)/),
      },
    });
    expect(clauseOf({ entries: [{ ...parent, which: "any" }] }, "eql", noLists).ok).toBe(false);
  });
});

describe("a filter macro", () => {
  const search =
    "| tstats fillnull_value=null count from datamodel=Endpoint.Processes by Processes.process Processes.process_name " +
    "Processes.user | `drop_dm_object_name(Processes)` | `x_filter`";
  const text = `id: x\nname: x\nversion: 1\nsearch: "${search.replaceAll('"', '\\"')}"\n`;
  const [rule] = readRules([{ file: "/x.yml", source: "x.yml", text: ok(text) }]).rules;
  const start = { "event.category": "process", "event.type": "start" };

  it("hides the same rows, and more or less only where it says so", () => {
    if (rule === undefined) throw new Error("no rule");
    let said = 0;
    fc.assert(
      fc.property(excepted, events, (exception, some) => {
        const term = macroTermOf(exception, rule, new Map(), noLists);
        if (term.ok) {
          said += 1;
          const keeps = compileCondition(term.value.filtered);
          const { matches } = compileException({ ...record, ...exception });
          for (const fields of some) {
            const whole = Object.assign(Object.create(null), fields, start);
            holds(term.value, matches({ fields: whole }), !keeps(whole));
          }
        }
      }),
      { numRuns: runs },
    );
    expect(said).toBeGreaterThan(runs / 10);
  });

  it("needs the fields in the by clause", () => {
    if (rule === undefined) throw new Error("no rule");
    const entries: ExceptionEntry[] = [
      { type: "match", field: "process.parent.name", value: "x", operator: "included", case: "insensitive" },
    ];
    expect(macroTermOf({ entries }, rule, new Map(), noLists)).toMatchObject({
      error: expect.stringContaining("process.parent.name"),
    });
  });
});

describe("a template as wildcards", () => {
  const adapted = (value: string) =>
    adaptGroups([[{ type: "template", field: "f", value, operator: "included", case: "sensitive" }]], {
      single: true,
      regex: false,
    });
  const matching = (value: string, given: string) => {
    const made = adapted(value);
    if (!made.ok) throw new Error(made.error);
    const test = compileException({ ...record, entries: [...(made.value.groups[0] ?? [])] });
    return test.matches({ fields: { f: given } });
  };

  it("lets nothing be appended", () => {
    const value = 'cmd /c "run {digits}.cmd" > out';
    expect(matching(value, 'cmd /c "run 12.cmd" > out')).toBe(true);
    for (const more of [
      ' & calc" > out',
      '1" & calc > out',
      "1.cmd;x",
      "\\..\\evil",
      " -enc AAAA",
      "$(x)",
      "`x`",
      "|x",
    ]) {
      expect(matching(value, `cmd /c "run 12${more}.cmd" > out`), more).toBe(false);
    }
  });
});
