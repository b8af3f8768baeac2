import { describe, expect, it } from "vitest";
import { compileGuideFile, looksLikeGuide } from "./page.ts";

const page = `A banner of the site.

Odd Share Output

edit

Finds odd output.

Rule type: eql

Tags:

  • OS: Windows

Version: 12

Investigation guide

edit

Triage and analysis

Investigating Odd Share Output

Possible investigation steps

  • Is the command odd?
  • Focus: process.command_line for names such as __x, same-user.id records, and "cmd.exe".
  • Implication: escalate when it is; lower concern when it recurs.
  • Did it start others?
  • Focus: children of process.entity_id. !{investigate{"label":"Children","providers":[[{"field":"process.parent.entity_id","value":"{{process.entity_id}}"},{"field":"event.category","value":"process"}]]}} Read on.
  • Escalate when both are odd; close only when neither is.

False positive analysis

  • Backups.

Response and remediation

  • If confirmed malicious, isolate the host.

Setup

edit

Setup

Install it.

Rule query

edit
process where true
`;

describe("a published page", () => {
  const compiled = compileGuideFile(page, "odd.txt");
  const playbook = compiled.ok ? compiled.value : undefined;

  it("has its steps at the bullets without a label, and fields by their shape", () => {
    expect(playbook?.steps.map(({ question, focus, details }) => [question, focus, details])).toEqual([
      [
        "Is the command odd?",
        ["process.command_line", "user.id"],
        ['process.command_line for names such as __x, same-user.id records, and "cmd.exe".'],
      ],
      ["Did it start others?", ["process.entity_id"], ["children of process.entity_id. Read on."]],
    ]);
    expect(playbook?.steps.map(({ anchor, queryIds }) => [anchor, queryIds.length])).toEqual([
      [true, 0],
      [false, 1],
    ]);
    expect(playbook?.queries).toMatchObject([{ label: "Children", lineage: "children" }]);
    expect(playbook?.closingPolicy).toEqual(["Escalate when both are odd; close only when neither is."]);
  });

  it("names its rule, and keeps what the page says about it", () => {
    expect(playbook).toMatchObject({
      title: "Odd Share Output",
      version: "12",
      summary: "Finds odd output.",
      origin: { kind: "page" },
      applies: { ruleIds: [], ruleNames: ["Odd Share Output"] },
      falsePositives: ["Backups."],
    });
    expect(playbook?.texts.map(({ title, markdown }) => [title, markdown])).toEqual([
      ["The rule", "Rule type: eql\nTags:\n- OS: Windows\nVersion: 12"],
      ["Setup", "Install it."],
      ["Rule query", "```\nprocess where true\n```"],
    ]);
  });

  it("may be Markdown with headings of its own", () => {
    const text =
      "# Notes\n\n### Investigating Odd Logons\n\n#### Possible investigation steps\n\n- Is `user.id` known?\n";
    const markdown = compileGuideFile(text, "folder/odd-logons.md");
    expect(markdown).toMatchObject({
      ok: true,
      value: { applies: { ruleNames: ["Odd Logons"] }, steps: [{ focus: ["user.id"] }], texts: [{ title: "Notes" }] },
    });
  });

  it("is told from other texts by the headings of a guide", () => {
    expect(looksLikeGuide(page)).toBe(true);
    expect(looksLikeGuide("# Triage checklist\n- Look.")).toBe(true);
    expect(looksLikeGuide("# Minutes\n\nWe spoke about possible investigation steps in the field.")).toBe(false);
    expect(compileGuideFile("## Triage and analysis\n\nNothing.", "x.md")).toMatchObject({
      ok: false,
      error: [{ code: "playbook.no-steps", at: { file: "x.md" } }],
    });
  });
});
