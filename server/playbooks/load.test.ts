import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectPlaybooks } from "./choose.ts";
import { loadPlaybooks } from "./load.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma-playbooks-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return loadPlaybooks([folder]);
}

const securityOnion = `name: Odd process
id: 1300001
description: |
  Finds odd processes.
type: detection
detection_id: 36e35854-a11d-408d-a918-9d0fe7567766
detection_category: ''
detection_type: sigma
contributors: [SomeTeam]
created: 2025-05-29
severity: high
questions:
  - question: What did it run?
    context: |
      The command line shows
      what was meant.
    range: +/-15m
    answer_sources: [process_creation]
    query: |
      logsource:
        category: process_creation
      detection:
        selection:
          ProcessGuid|expand: '%ProcessGuid%'
          hostname|expand: '%hostname%'
        condition: selection
  - question: Are there other alerts of this host?
    note: Ask around.
  - context: Nobody asks.
`;

describe("a playbook of Security Onion", () => {
  it("has a step per question, with a query that runs in place", async () => {
    const { playbooks, problems } = await load({ "so.yaml": securityOnion });
    expect(problems).toEqual([]);
    expect(playbooks).toMatchObject([
      {
        id: "security-onion-1300001",
        title: "Odd process",
        version: "2025-05-29",
        origin: { kind: "security-onion" },
        summary: "Finds odd processes.",
        applies: { ruleIds: ["36e35854-a11d-408d-a918-9d0fe7567766"] },
        decision: { benign: "most" },
        steps: [
          {
            question: "What did it run?",
            why: "The command line shows what was meant.",
            focus: ["process.entity_id", "host.name"],
          },
          { about: "incident", clears: false, details: ["- Note: Ask around."] },
        ],
        texts: [{ markdown: "- Severity: high" }],
        queries: [{ label: "What did it run?", target: "events", from: "now-15m", to: "now+15m" }],
        warnings: [{ at: { file: "so.yaml", line: 29, field: "questions.2.question" } }],
      },
    ]);
    const [step] = playbooks[0]?.steps ?? [];
    expect(step?.details).toEqual(["Answered from: process_creation"]);
    expect(step?.queryIds).toEqual(playbooks[0]?.queries.map(({ id }) => id));
  });

  it("keeps a search that cannot be run in the text, with a problem at its place", async () => {
    const { playbooks } = await load({ "so.yaml": securityOnion.replaceAll("%hostname%", "%community_id%") });
    expect(playbooks[0]?.queries).toEqual([]);
    expect(playbooks[0]?.steps[0]?.details).toEqual([
      "Time range: +/-15m",
      "Answered from: process_creation",
      expect.stringMatching(/^Search in Sigma, to be run elsewhere:\n\n```yaml\nlogsource:.*selection\n```$/s),
    ]);
    expect(playbooks[0]?.warnings[0]).toMatchObject({
      code: "playbook.invalid-query",
      message: expect.stringContaining("alerts have no value for %community_id%"),
      at: { file: "so.yaml", line: 25, column: 29 },
    });
  });

  it("for a category is for that kind of event", async () => {
    const text = securityOnion
      .replace("36e35854-a11d-408d-a918-9d0fe7567766", "''")
      .replace("detection_category: ''", "detection_category: process_creation");
    const { playbooks } = await load({ "so.yml": text });
    expect(playbooks[0]?.applies).toMatchObject({ ruleIds: [], events: { label: "process creation" } });
  });
});

const dfiq: Readonly<Record<string, string>> = {
  "scenarios/S1.yaml": `# A comment
---
display_name: Lateral movement
type: scenario
id: S1
description: Somebody moved.
tags: [T1021, movement]
`,
  "facets/F1.yaml": `name: Remote execution
type: facet
uuid: 11111111-0000-0000-0000-000000000000
id: F1
parent_ids: [S1]
description: By tools.
`,
  "questions/Q1.yaml": `name: Was PsExec run?
type: question
id: Q1
parent_ids: [11111111-0000-0000-0000-000000000000]
approaches:
  - name: Look at services
    description: The service log has it.
    tags: [Windows]
    notes: { covered: [Windows], not_covered: [Linux] }
    steps:
      - name: Collect
        stage: collection
        type: ForensicArtifact
        value: WindowsEventLogs
      - name: Filter
        stage: analysis
        type: opensearch-query
        value: event_identifier:7045
`,
  "questions/Q1.10.yaml": `display_name: Look at prefetch
type: approach
id: Q1.10
description: { summary: Prefetch has it., details: Really. }
view: { data: [{ type: artifact, value: Prefetch }] }
`,
  "questions/Q2.yaml": "name: Was a session opened?\ntype: question\nid: Q2\n",
};

describe("objects of DFIQ", () => {
  it("become a playbook per scenario and one for what is below none, with approaches readable", async () => {
    const { playbooks, problems } = await load(dfiq);
    expect(problems).toEqual([]);
    expect(playbooks).toMatchObject([
      { id: "dfiq-q2", steps: [{ question: "Was a session opened?", about: "session" }] },
      {
        id: "dfiq-s1",
        title: "Lateral movement",
        origin: { kind: "dfiq" },
        summary: "Somebody moved.",
        applies: { techniques: ["T1021"], tags: ["movement"] },
        steps: [{ question: "Was PsExec run?", why: "Remote execution" }],
        texts: [{ title: "Remote execution", markdown: "By tools." }],
      },
    ]);
    const details = playbooks[1]?.steps[0]?.details.join("\n\n") ?? "";
    for (const text of [
      "**Look at services**",
      "The service log has it.",
      "Filter (analysis; opensearch-query):",
      "` event_identifier:7045 `",
      "Linux",
      "**Look at prefetch**",
      "Prefetch has it.",
      "Prefetch",
    ]) {
      expect(details).toContain(text);
    }
  });

  it("that refer to each other in a circle or to nothing still load", async () => {
    const { playbooks, problems } = await load({
      "a.yaml":
        "name: A\ntype: facet\nid: F1\nparent_ids: [F2, S9]\n---\nname: B\ntype: facet\nid: F2\nparent_ids: [F1]\n",
      "b.yaml": "name: Why?\ntype: question\nid: Q1\nparent_ids: [F1]\n",
    });
    expect(playbooks.map(({ title }) => title)).toEqual(["A"]);
    expect(problems).toMatchObject([{ code: "playbook.no-steps", at: { file: "a.yaml" } }]);
  });
});

describe("a folder of playbooks", () => {
  it("may have every format; a file that is none is a problem and does not affect the others", async () => {
    const { playbooks, problems } = await load({
      "guide.md": "### Possible investigation steps\n- Look.\n",
      "page.txt": "Possible investigation steps\n\n • Look.\n",
      "own.md": "---\nid: own\ntitle: Own\nversion: 1\nsource: x\nfallback: true\n---\n## Steps\n### look: Is it?\n",
      "so.yaml": securityOnion,
      "README.md": "nothing",
      "rule.toml": "nothing",
      "notes.txt": "nothing",
      "other.md": "nothing",
      "other.yaml": "a: 1",
      "broken.yaml": "a: [",
      "bomb.yaml": `a: &a [${"x,".repeat(200)}]\nb: [${"*a,".repeat(200)}]`,
    });
    expect(playbooks.map(({ origin, file }) => [origin.kind, file])).toEqual([
      ["page", "guide.md"],
      ["playbook", "own.md"],
      ["page", "page.txt"],
      ["security-onion", "so.yaml"],
    ]);
    expect(problems.map(({ code, at }) => [at?.file, code])).toEqual([
      ["bomb.yaml", "playbook.front-matter"],
      ["broken.yaml", "playbook.front-matter"],
      ["notes.txt", "playbook.unknown-format"],
      ["other.md", "playbook.front-matter-missing"],
      ["other.yaml", "playbook.unknown-format"],
    ]);
  });

  it("refuses files that are too large to be playbooks", async () => {
    const { problems } = await load({ "large.md": "a".repeat(3_000_000) });
    expect(problems).toMatchObject([{ code: "playbook.too-large", at: { file: "large.md" } }]);
  });

  it("gives a rule the page that names it", async () => {
    const { playbooks } = await load({
      "page.md": "### Investigating Odd Things\n#### Investigation steps\n- Look.\n",
    });
    const rule = { id: "r1", name: "odd things", techniques: [], tags: [] };
    const collected = collectPlaybooks(playbooks, (id) => (id === "r1" ? (rule as never) : undefined));
    expect(collected.forRule("r1")).toMatchObject({ playbook: { file: "page.md" }, because: { kind: "rule" } });
  });
});
