import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectPlaybooks } from "./choose.ts";
import { loadPlaybooks } from "./load.ts";
import { parsePlaybook } from "./parse.ts";
import type { Playbook } from "./playbook.ts";

const valid = `---
id: sample
title: A sample
version: 2
rules: [rule-1]
source: Written for the test.
queries:
  children:
    label: Children
    target: events
    from: now-1h
    shown-by: [sysmon 1]
    nothing: No child was recorded
    groups:
      - label: by entity id
        where:
          process.parent.entity_id: "{{process.entity_id}}"
          process.name: { not: [conhost.exe], case: insensitive }
          process.pid: { gte: 4, lt: 100 }
checks:
  shell:
    step: behaviour
    on: children
    where: |
      process.name : "cmd.exe"
    rows: ">= 2"
    suggests: raises
    because: Two shells.
---
# A sample

What it means,
in one paragraph.

## Steps

### behaviour: What did it do?
- Anchor: yes
- Clears: no. Because.
- Focus: \`process.name\`, \`process.args\`
- Hint: Look twice,
  then once more.
- Raises concern: A shell.
- Lowers concern: Nothing.
- Queries: \`children\`

## Closing policy
- Only when clear.

## False positives
- Installers.

## Response
### Benign: Known
- [ ] Write it down. {#record}
`;

function compiled(text: string): Playbook | undefined {
  const parsed = parsePlaybook(text, "sample.md");
  return parsed.ok ? parsed.value : undefined;
}

describe("a playbook file", () => {
  it("is compiled to steps, queries, checks, policy and checklists", () => {
    const parsed = parsePlaybook(valid, "sample.md");
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        id: "sample",
        version: "2",
        applies: { ruleIds: ["rule-1"] },
        summary: "What it means, in one paragraph.",
        steps: [
          {
            id: "behaviour",
            question: "What did it do?",
            anchor: true,
            clears: false,
            required: true,
            focus: ["process.name", "process.args"],
            hints: ["Look twice, then once more."],
            queryIds: ["children"],
          },
        ],
        queries: [
          {
            id: "children",
            shownBy: [{ source: "sysmon", code: "1" }],
            groups: [
              {
                providers: [
                  { type: "phrase", field: "process.parent.entity_id" },
                  { type: "phrases", values: ["conhost.exe"], excluded: true, caseInsensitive: true },
                  {
                    type: "range",
                    bounds: [
                      { operator: ">=", value: 4 },
                      { operator: "<", value: 100 },
                    ],
                  },
                ],
              },
            ],
          },
        ],
        checks: [{ id: "shell", rows: { operator: ">=", count: 2 }, suggests: "raises" }],
        closingPolicy: ["Only when clear."],
        falsePositives: ["Installers."],
        checklists: [{ verdict: "benign", title: "Known", items: [{ id: "record", text: "Write it down." }] }],
        warnings: [],
      },
    });
  });

  const withoutQuery = { queries: [], checks: [], step: [] };
  const whole = { queries: ["children"], checks: ["shell"], step: ["children"] };
  it.each([
    [
      "an unknown field",
      (text: string) => text.replace("version: 2", "version: 2\nseverity: high"),
      ["playbook.unknown-field", 5, 1, "severity"],
      whole,
    ],
    [
      "an unknown field of a query",
      (text: string) => text.replace("    from: now-1h", "    form: now-1h"),
      ["playbook.unknown-field", 11, 5, "queries.children.form"],
      withoutQuery,
    ],
    [
      "an alias",
      (text: string) =>
        text.replace("title: A sample", "title: &a A sample").replace("source: Written for the test.", "source: *a"),
      ["playbook.front-matter", 6, 9, undefined],
      whole,
    ],
    [
      "broken YAML",
      (text: string) => text.replace("title: A sample", "title: [A"),
      ["playbook.front-matter", 4, 1, undefined],
      undefined,
    ],
    [
      "bad date math",
      (text: string) => text.replace("now-1h", "yesterday"),
      ["playbook.date-math", 11, 5, "queries.children.from"],
      withoutQuery,
    ],
    [
      "a bad group",
      (text: string) =>
        text.replace(
          "    groups:\n",
          "    groups:\n      - label: worse\n        where: { process.pid: { between: 3 } }\n",
        ),
      ["playbook.front-matter", 16, 18, "queries.children.groups.0.where.process.pid"],
      whole,
    ],
    [
      "a step that names no query",
      (text: string) => text.replace("`children`", "`child`"),
      ["playbook.unresolved-query", 37, undefined, undefined],
      { ...whole, step: [] },
    ],
    [
      "a check of no step",
      (text: string) => text.replace("step: behaviour", "step: other"),
      ["playbook.unresolved-step", 22, 5, "checks.shell.step"],
      { ...whole, checks: [] },
    ],
    [
      "a check of no query",
      (text: string) => text.replace("on: children", "on: parents"),
      ["playbook.unresolved-query", 23, 5, "checks.shell.on"],
      { ...whole, checks: [] },
    ],
    [
      "EQL that does not parse",
      (text: string) => text.replace(': "cmd.exe"', ':: "cmd.exe"'),
      ["query.syntax", 25, 15, "checks.shell.where"],
      { ...whole, checks: [] },
    ],
    [
      "a duplicate query",
      (text: string) => text.replace("checks:", "  children:\n    label: x\nchecks:"),
      ["playbook.front-matter", 20, 3, undefined],
      withoutQuery,
    ],
  ] as const)("with %s loads without it, with a warning that has line, column and field", (_, change, place, rest) => {
    const playbook = compiled(change(valid));
    const [code, line, column, field] = place;
    const found = playbook?.warnings.find((warning) => warning.code === code);
    expect(found?.at).toMatchObject({ file: "sample.md", line });
    expect([found?.at?.column, found?.at?.field]).toEqual([column, field]);
    expect(playbook?.steps.map(({ id }) => id)).toEqual(["behaviour"]);
    if (rest !== undefined) {
      expect({
        queries: playbook?.queries.map(({ id }) => id),
        checks: playbook?.checks.map(({ id }) => id),
        step: playbook?.steps[0]?.queryIds,
      }).toEqual(rest);
    }
  });

  it.each([
    [
      "a duplicate step",
      (text: string) => text.replace("## Closing", "### behaviour: Again?\n## Closing"),
      "playbook.duplicate-step",
      47,
      { steps: [{ id: "behaviour" }, { id: "behaviour-2" }] },
    ],
    [
      "a heading without an id",
      (text: string) => text.replace("### behaviour: What", "### What"),
      "playbook.step-heading",
      37,
      { steps: [{ id: expect.stringMatching(/^what-did-it-do-[0-9a-f]{6}$/) }] },
    ],
    [
      "a checklist item without an id",
      (text: string) => text.replace(" {#record}", ""),
      "playbook.checklist-item",
      55,
      { checklists: [{ items: [{ text: "Write it down." }] }] },
    ],
    [
      "an unknown verdict",
      (text: string) => text.replace("### Benign", "### Harmless"),
      "playbook.unknown-verdict",
      54,
      { texts: [{ title: "Harmless: Known", markdown: "- [ ] Write it down. {#record}" }] },
    ],
    [
      "a flag that is neither yes nor no",
      (text: string) => text.replace("Anchor: yes", "Anchor: perhaps"),
      "playbook.answer-label",
      38,
      { steps: [{ anchor: true }] },
    ],
  ])("with %s keeps what it says, with a warning that has the line", (_, change, code, line, rest) => {
    const playbook = compiled(change(valid));
    const found = playbook?.warnings.find((warning) => warning.code === code);
    expect(found?.at).toMatchObject({ file: "sample.md", line });
    expect(playbook).toMatchObject(rest);
  });

  it("is refused only without a step, or without front matter", () => {
    const refused = (text: string) => {
      const parsed = parsePlaybook(text, "sample.md");
      return parsed.ok ? undefined : parsed.error[0]?.code;
    };
    expect(refused(valid.replace("## Steps", "## Stops"))).toBe("playbook.no-steps");
    expect(refused(valid.replace("---\n", ""))).toBe("playbook.front-matter-missing");
  });

  it("loads with names of its own where the front matter has none", () => {
    const playbook = compiled(valid.replace(/id: sample\ntitle: A sample\n/, ""));
    expect(playbook).toMatchObject({ id: "sample", title: "A sample", queries: [{ id: "children" }] });
    expect(playbook?.warnings.map(({ at }) => at?.field)).toEqual(["id", "title"]);
  });

  it("may be the front matter for an investigation guide", () => {
    const guide =
      "### Possible investigation steps\n- Is it known?\n  - Implication: escalate when not; lower concern when so.";
    const playbook = compiled(
      `${valid.slice(0, valid.indexOf("# A sample"))}${guide}\n- Is it rare? !{osquery{bad}}\n`,
    );
    expect(playbook).toMatchObject({
      id: "sample",
      applies: { ruleIds: ["rule-1"] },
      steps: [{ question: "Is it known?", anchor: true }, {}],
      decision: { benign: "anchors" },
      checks: [],
    });
    expect(playbook?.warnings.map(({ code, at }) => [code, at?.line])).toEqual([
      ["playbook.block-syntax", 33],
      ["playbook.unresolved-step", 22],
      ["playbook.unused-query", 8],
    ]);
  });

  it("takes a decision that cannot be read as the strict one", () => {
    const playbook = compiled(valid.replace("version: 2", "version: 2\ndecision: { second-analyst: perhaps }"));
    expect(playbook?.decision).toEqual({ benign: "anchors", secondAnalyst: true });
  });

  it("warns of unknown labels and sections, of unused queries and of a missing anchor", () => {
    const text = valid
      .replace("- Anchor: yes\n", "- Colour: red\n")
      .replace("- Queries: `children`\n", "")
      .replace("## False positives", "## Afterword");
    expect(
      compiled(text)
        ?.warnings.map((warning) => warning.code)
        .sort(),
    ).toEqual(["playbook.no-anchor", "playbook.unknown-label", "playbook.unknown-section", "playbook.unused-query"]);
  });

  it("treats a heading inside a code fence as text", () => {
    const text = valid.replace("in one paragraph.", "in one paragraph.\n\n```\n## Steps\n### no: step?\n```");
    expect(parsePlaybook(text, "sample.md").ok).toBe(true);
  });

  it("never throws, whatever its content", () => {
    fc.assert(
      fc.property(fc.nat(valid.length), fc.nat(40), fc.string(), (at, length, insert) => {
        const parsed = parsePlaybook(valid.slice(0, at) + insert + valid.slice(at + length), "x.md");
        expect(parsed.ok || parsed.error.length > 0).toBe(true);
      }),
    );
  });
});

describe("our own playbooks", async () => {
  const folder = join(import.meta.dirname, "../../playbooks");
  const { playbooks, problems } = await loadPlaybooks([folder]);
  const loaded = collectPlaybooks(playbooks);

  it("all load without problems or warnings, one of them as fallback", () => {
    expect(problems).toEqual([]);
    expect(loaded.all.flatMap((playbook) => playbook.warnings)).toEqual([]);
    expect(loaded.all).toHaveLength(14);
    expect(loaded.all.filter(({ applies }) => applies.fallback)).toHaveLength(1);
  });

  it("have a checklist for each of the five situations", () => {
    for (const playbook of loaded.all) {
      expect(playbook.checklists.map((list) => list.verdict)).toEqual([
        "benign",
        "suspicious",
        "malicious",
        "after-containment",
        "hardening",
      ]);
      expect(playbook.steps.every((step) => step.raises.length > 0 && step.lowers.length > 0)).toBe(true);
    }
  });

  /** Shipped rules that have only the generic playbook: those not about WMI or logons. */
  const generic = new Set([
    "0f6f3a52-8a0e-4b63-9a1d-5d8e0c3b71a4",
    "e41f5a29-7c68-4b9d-a3d0-2b8e6f147c55",
    "5b1d2f0c-94c7-4d0e-8c55-2f7b6a9e1d38",
    "7d8f1c64-2b3e-4a6f-9a27-90c1b5e4d6f2",
    "c2a7be11-6f0a-4f0d-b7f1-1e9a64d20b95",
  ]);

  it("cover every shipped rule", () => {
    const rules = join(import.meta.dirname, "../../rules");
    const ids = readdirSync(rules, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(toml|yml)$/.test(name) && !name.includes("macros"))
      .map((name) => readFileSync(join(rules, name), "utf8"))
      .map((text) => /^(?:rule_id|id)\s*[=:]\s*"?([^"\n]+)"?/m.exec(text)?.[1]);
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) {
      expect(loaded.forRule(id ?? "") === undefined, id).toBe(generic.has(id ?? ""));
    }
  });

  const shared = join(import.meta.dirname, "../../../shared");
  it.skipIf(!existsSync(shared))(
    `share no run of eleven words with the seeds${existsSync(shared) ? "" : " (skipped: no ../shared)"}`,
    () => {
      const words = (text: string) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
      const runs = (text: string) =>
        words(text).flatMap((_, at, all) => (at + 11 > all.length ? [] : [all.slice(at, at + 11).join(" ")]));
      const theirs = new Set(
        readdirSync(join(shared, "seeds")).flatMap((name) => runs(readFileSync(join(shared, "seeds", name), "utf8"))),
      );
      const ours = readdirSync(folder).flatMap((name) => runs(readFileSync(join(folder, name), "utf8")));
      expect(ours.filter((run) => theirs.has(run))).toEqual([]);
    },
  );
});

describe("a folder of playbooks", () => {
  it("that cannot be read is a problem, and the others are loaded", async () => {
    const loaded = await loadPlaybooks([join(import.meta.dirname, "no-such-folder")]);
    expect(loaded.problems).toMatchObject([{ code: "playbook.folder-unreadable" }]);
    expect(loaded.playbooks).toEqual([]);
  });
});
