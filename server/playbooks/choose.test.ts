import { describe, expect, it } from "vitest";
import { alert } from "../../test/factories/alerts.ts";
import { equals } from "../condition/tree.ts";
import type { Rule } from "../detection/rule.ts";
import { collectPlaybooks } from "./choose.ts";
import type { AppliesTo, Playbook } from "./playbook.ts";

function playbook(id: string, applies: Partial<AppliesTo>, folder = "shipped"): Playbook {
  return {
    id,
    title: id,
    version: "1",
    origin: { kind: "playbook" },
    applies: { ruleIds: [], techniques: [], tags: [], fallback: false, ...applies },
    source: "test",
    summary: "",
    steps: [],
    queries: [],
    checks: [],
    decision: { benign: "anchors", secondAnalyst: false },
    closingPolicy: [],
    falsePositives: [],
    checklists: [],
    texts: [],
    relatedRules: [],
    file: `${id}.md`,
    folder,
    warnings: [],
  };
}

const where = { text: 'event.category == "file"', condition: equals("event.category", "file") };
const shipped = [
  playbook("of-rule", { ruleIds: ["rule-1"] }),
  playbook("of-technique", { techniques: ["T1047"] }),
  playbook("of-file", { events: { label: "a file", where } }),
  playbook("of-anything", { fallback: true }),
];
const subject = alert({
  id: "a",
  rule: { id: "rule-1", name: "Rule", version: "1", language: "eql" },
  techniques: [{ id: "T1047", name: "WMI" }],
  fields: { "event.category": ["file"] },
});
const ids = (all: readonly Playbook[], of = subject) =>
  collectPlaybooks(all)
    .choicesFor(of)
    .map(({ playbook: { id }, because }) => `${id} (${because.kind})`);

describe("the playbook of an alert", () => {
  it("is the one for its rule, before those for its technique, its kind of event and for anything", () => {
    expect(ids(shipped)).toEqual([
      "of-rule (rule)",
      "of-technique (technique)",
      "of-file (events)",
      "of-anything (fallback)",
    ]);
    expect(collectPlaybooks(shipped).forAlert(subject)?.id).toBe("of-rule");
  });

  it("is what somebody chose for it, as long as that is loaded", () => {
    const chosen = (id: string) => ({ ...subject, chosenPlaybook: { id, actor: "lena", at: 0 } });
    expect(ids(shipped, chosen("of-file"))[0]).toBe("of-file (chosen)");
    expect(ids(shipped, chosen("of-file"))).toHaveLength(4);
    expect(ids(shipped, chosen("gone"))[0]).toBe("of-rule (rule)");
  });

  it("for a technique is also that for its sub-techniques, after one that names the sub-technique", () => {
    const sub = { ...subject, rule: { ...subject.rule, id: "other" }, techniques: [{ id: "T1059.001", name: "x" }] };
    expect(ids([playbook("parent", { techniques: ["T1059"] })], sub)).toEqual(["parent (technique)"]);
    const both = [playbook("parent", { techniques: ["T1059"] }), playbook("sub", { techniques: ["T1059.001"] })];
    expect(ids(both, sub)).toEqual(["sub (technique)", "parent (technique)"]);
  });

  it("looks at the last event of a sequence", () => {
    const sequence = { eventIds: ["1", "2"], last: { "event.category": ["file"] } };
    const of = { ...subject, rule: { ...subject.rule, id: "other" }, techniques: [], fields: {}, sequence };
    expect(ids(shipped, of)[0]).toBe("of-file (events)");
  });

  it("is unknown where nothing fits", () => {
    expect(collectPlaybooks([]).forAlert(subject)).toBeUndefined();
  });
});

describe("an own playbook", () => {
  it("comes before the shipped one for the same rule, which can still be chosen, and that is said", () => {
    const own = playbook("own", { ruleIds: ["rule-1"] }, "ours");
    expect(ids([own, ...shipped]).slice(0, 2)).toEqual(["own (rule)", "of-rule (rule)"]);
    expect(collectPlaybooks([own, ...shipped]).overrides).toMatchObject([
      { code: "playbook.overridden", message: "Rule rule-1: ours/own.md is used, and not shipped/of-rule.md" },
    ]);
  });

  it("that names the rule only by its name comes before the shipped one that has its id", () => {
    const named = playbook("named", { ruleNames: ["RULE"] }, "ours");
    const rule = { id: "rule-1", name: "Rule", techniques: [], tags: [] } as unknown as Rule;
    const choices = collectPlaybooks([named, ...shipped], () => rule).choicesFor(subject);
    expect(choices.slice(0, 2).map(({ playbook: { id } }) => id)).toEqual(["named", "of-rule"]);
  });

  it("with the id of a shipped one takes its place", () => {
    const own = playbook("of-rule", { ruleIds: ["rule-2"] }, "ours");
    const playbooks = collectPlaybooks([own, ...shipped]);
    expect(playbooks.get("of-rule")).toBe(own);
    expect(playbooks.forRule("rule-1")).toBeUndefined();
    expect(playbooks.overrides).toMatchObject([{ message: expect.stringContaining("ours/of-rule.md is used") }]);
  });
});
