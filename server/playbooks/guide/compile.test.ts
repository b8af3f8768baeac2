import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGuide } from "./compile.ts";

const guide = (text: string, setup?: string) =>
  compileGuide({ text, file: "rule.toml", firstLine: 1, investigate: [], osquery: [] }, { setup });

const questions = `## Triage and analysis

> **Disclaimer**:
> Written by a machine.

### Investigating Odd Things

Odd things happen.

#### Possible investigation steps

- Is the command odd?
  - Why: some are.
  - Focus: \`process.command_line\`, \`process.parent.executable\`, and \`cmd.exe\` arguments.
  - Hint: read \`host.id\` twice.
  - Range: last two days
  - Implication: escalate when it is; lower concern when it recurs.
- Does the account fit?
  - Focus: \`user.id\`, \`user.domain\`
  - Implication: escalate when it does not.
- Do related alerts show the same user?
  - Implication: broaden scope when they do; keep the case local when none does.
- Escalate when answers agree; close only when all fit one workflow.

### False positive analysis
- Backups.
  - At night.

### Response and remediation
- If confirmed benign, document it.
- If suspicious but unconfirmed, export the alert.
- If confirmed malicious, isolate the host.
- After containment, remove files.
- Post-incident hardening: restrict it.
- Tell everybody.

### Related rules
- Other Things - 12345678-1234-1234-1234-123456789abc
- Things Without Id

### Additional information
| a | b |
|---|---|
| 1 | 2 |
`;

describe("a guide of questions", () => {
  const content = guide(questions, "## Setup\n\nInstall it.");
  it("has steps with what its labels say, and keeps other labels", () => {
    expect(content.steps[0]).toMatchObject({
      question: "Is the command odd?",
      topic: "is the command odd",
      about: "process",
      why: "some are.",
      focus: ["process.command_line", "process.parent.executable"],
      hints: ["read `host.id` twice."],
      raises: ["escalate when it is"],
      lowers: ["lower concern when it recurs."],
      anchor: true,
      clears: true,
      required: true,
      details: [
        "`process.command_line`, `process.parent.executable`, and `cmd.exe` arguments.",
        "Range: last two days",
      ],
    });
  });

  it("has anchors where an implication lowers concern, but not for related alerts", () => {
    expect(content.steps.map(({ about, anchor, clears }) => [about, anchor, clears])).toEqual([
      ["process", true, true],
      ["session", false, true],
      ["incident", false, false],
    ]);
    expect(content.decision.benign).toBe("anchors");
    expect(content.steps[1]).toMatchObject({ focus: ["user.id", "user.domain"], details: [] });
  });

  it("has the disposition as closing policy, and each section at its place", () => {
    expect(content.closingPolicy).toEqual(["Escalate when answers agree; close only when all fit one workflow."]);
    expect([content.title, content.summary]).toEqual(["Odd Things", "Odd things happen."]);
    expect(content.falsePositives).toEqual(["Backups.\n  - At night."]);
    expect(content.checklists.map(({ verdict, items }) => [verdict, items.map(({ text }) => text)])).toEqual([
      ["benign", ["If confirmed benign, document it."]],
      ["suspicious", ["If suspicious but unconfirmed, export the alert."]],
      ["malicious", ["If confirmed malicious, isolate the host.", "Tell everybody."]],
      ["after-containment", ["After containment, remove files."]],
      ["hardening", ["Post-incident hardening: restrict it."]],
    ]);
    expect(content.relatedRules).toEqual([
      { name: "Other Things", id: "12345678-1234-1234-1234-123456789abc" },
      { name: "Things Without Id" },
    ]);
    const last = content.steps.at(-1)?.id;
    expect(content.texts.map(({ title, afterStep }) => [title, afterStep])).toEqual([
      ["Disclaimer", undefined],
      ["Additional information", last],
      ["Setup", last],
    ]);
    expect(content.texts[1]?.markdown).toBe("| a | b |\n|---|---|\n| 1 | 2 |");
  });

  it("keeps the ids of steps and items when others move or change", () => {
    const changed = questions
      .replace("- Does the account fit?", "- Is it new?\n- Does the account fit?")
      .replace("Is the command odd?", "Is the **command** _odd_?")
      .replace("- If confirmed benign, document it.\n", "- Wait.\n");
    const ids = (steps: readonly { id: string }[]) => steps.map(({ id }) => id);
    const after = guide(changed);
    expect(ids(after.steps)).toEqual(expect.arrayContaining(ids(content.steps)));
    const items = (one: typeof content) => ids(one.checklists.flatMap((list) => list.items));
    expect(items(after)).toEqual(expect.arrayContaining(items(content).slice(1)));
  });
});

describe("a guide of instructions", () => {
  const content = guide(`# TRIAGE and Analysis:
##### Possible investigation steps:
- Investigate the **process chain**.
  - Examine \`process.parent.name\`
    - and \`file.path\`.
- Investigate other alerts associated with the user/host.
- Optionally, retrieve the file.
> **Note**:
> Mind the gap.

1. Review \`source.ip\`.
* Investigate other alerts associated with the user/host.
### False Positives
None known.
### Response
- If the activity is confirmed benign:
  - Document it.
  - Add an exception.
`);

  it("has a step per bullet, without anchors; what is below a bullet stays with it", () => {
    expect(content.steps.map(({ question, focus, about, required }) => [question, focus, about, required])).toEqual([
      ["Investigate the process chain.", ["process.parent.name", "file.path"], "process", true],
      ["Investigate other alerts associated with the user/host.", [], "incident", true],
      ["Optionally, retrieve the file.", [], "process", false],
      ["Review `source.ip`.", ["source.ip"], "process", true],
      ["Investigate other alerts associated with the user/host.", [], "incident", true],
    ]);
    expect(content.steps[0]?.details).toEqual(["- Examine `process.parent.name`\n  - and `file.path`."]);
    expect(content.decision.benign).toBe("most");
    expect(new Set(content.steps.map(({ id }) => id)).size).toBe(5);
    expect(new Set(content.steps.map(({ topic }) => topic)).size).toBe(5);
  });

  it("has notes after the step that they follow, and lists with a title of their own as checklists", () => {
    expect(content.texts).toEqual([
      { title: "Note", markdown: "> **Note**:\n> Mind the gap.", afterStep: content.steps[2]?.id },
    ]);
    expect(content.falsePositives).toEqual(["None known."]);
    expect(content.checklists).toMatchObject([
      {
        verdict: "benign",
        title: "If the activity is confirmed benign",
        items: [{ text: "Document it." }, { text: "Add an exception." }],
      },
    ]);
  });
});

describe("a guide in another layout", () => {
  it.each([
    ["bullets below a general heading", "## Triage and analysis\n- Look at it.\n- Again."],
    ["a numbered list", "## Triage and analysis\nFollow these:\n\n1. **Look** at it.\n   - Well.\n2) Again."],
    ["a checklist", "### Triage checklist\n- Look at it.\n- Again."],
    ["bullets without any heading", "- Look at it.\n- Again."],
  ])("with %s has steps", (_, text) => {
    expect(guide(text).steps.map(({ question }) => question)).toEqual(["Look at it.", "Again."]);
  });

  it("takes a sentence that tells to act, and nothing else, as a step", () => {
    expect(guide("## Triage and analysis\n\nDecode the value to see it.").steps).toHaveLength(1);
    const prose = guide("## Triage and analysis\n\nThis happens on Mondays.");
    expect([prose.steps, prose.summary]).toEqual([[], "This happens on Mondays."]);
  });
});

describe("a hostile guide", () => {
  const million = 1_000_000;
  const filled = (unit: string) => unit.repeat(Math.ceil(million / unit.length));
  const nested = Array.from({ length: 1400 }, (_, depth) => `${" ".repeat(depth)}- x`).join("\n");
  it.each([
    ["one bullet", `- ${filled("a")}`],
    ["one word without backticks", `- Focus ${filled("a.")}`],
    ["equal bullets", filled("- a\n")],
    ["headings", filled("# a\n")],
    ["nested bullets", nested],
    ["blocks that never end", filled('- !{investigate{"a":["')],
    ["blocks on one line", filled('!{investigate{"label":"')],
    ["placeholders", filled("$investigate_1 ")],
    ["backticks", filled("`a")],
    ["fences", filled("```\n")],
    ["fences that stay open", filled("```js\n")],
    ["blank space", `-${filled(" ")}\u2028x`],
    ["semicolons", `- a?\n  - Implication: ${filled("a; ")}`],
    ["quotations", filled("> > a\n")],
    ["stars", filled("**a")],
    ["templates", filled("{{ ")],
    ["related rules", `### Related rules\n${filled("- a - ")}`],
    ["response", `### Response\n${filled("- if a, ")}`],
  ])("of a megabyte of %s compiles in linear time", (_, text) => {
    const started = process.cpuUsage();
    guide(`### Possible investigation steps\n${text}`);
    // What grows with the square of the text takes minutes.
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10);
  });

  it("stays text: nothing of it becomes markup or disappears", () => {
    const { steps } = guide(
      "- <script>alert(1)</script> [x](javascript:alert(1))?\n  - Hint: <img src=x onerror=alert(1)>",
    );
    expect(steps[0]).toMatchObject({
      question: "<script>alert(1)</script> [x](javascript:alert(1))?",
      hints: ["<img src=x onerror=alert(1)>"],
    });
  });

  it("compiles whatever it is, and gives each text a distinct id", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...questions.split("\n"), "```", "  - x", "!{investigate{", "- ")),
        (lines) => {
          const { steps } = guide(lines.join("\n"));
          expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
        },
      ),
    );
  });
});
