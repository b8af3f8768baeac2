import { describe, expect, it } from "vitest";
import { compileGuide } from "./guide/compile.ts";
import { readPlaybookFile } from "./load.ts";
import { unclosedMarks } from "./unclosed.ts";

const found = (text: string) =>
  unclosedMarks(
    text.split("\n").map((line, index) => ({ text: line, line: index + 1 })),
    "a.md",
  ).map(({ message, at }) => [at?.line, at?.column, message]);

describe("marks that are never closed", () => {
  it.each<[what: string, text: string, line: number, column: number, message: string]>([
    ["a fence", "One.\n\n  ```sql\nSELECT 1\n\n- Go on.", 3, 3, "the code fence ``` is never closed"],
    ["a fence of tildes in a bullet", "- ~~~\n  code", 1, 3, "the code fence ~~~ is never closed"],
    [
      "a fence with another one in it",
      "```\ncode\n\n- Go.\n\n```sql\nx\n```",
      1,
      1,
      "the code fence ``` is never closed",
    ],
    ["a fence closed by a shorter one", "````\ncode\n```", 1, 1, "the code fence ```` is never closed"],
    ["a comment", "One <!-- two\n<details>", 1, 5, "the comment <!-- is never closed; what follows is read"],
    ["details", "<details>\n<details>\n</details>", 1, 1, "<details> is never closed"],
    ["a link", "See [[Other page for more.\n\n[[Here]]", 1, 5, "the link [[ is never closed"],
  ])("%s", (_, text, line, column, message) => {
    expect(found(text)).toEqual([[line, column, message]]);
  });

  it.each([
    ["fences", "```\n<!-- <details> [[x\n```"],
    ["a longer fence that shows a fence", "````\n```sql\nx\n```\n````"],
    ["code in a line", "Write `<!--`, `[[x` and ``` `` ```."],
    ["marks that are closed", "<!-- a\nb --> <details>\nx\n</details> [[a]] [[b\nc]]"],
    ["JSON", 'providers: [["a"]] and [[{ x'],
  ])("are not found in %s", (_, text) => {
    expect(found(text)).toEqual([]);
  });

  it("are counted where there are too many to list", () => {
    const many = found("<details>\n".repeat(60));
    expect(many).toHaveLength(51);
    expect(many.at(-1)?.[2]).toBe("<details> is never closed, and so are 9 other marks");
  });
});

const codes = (warnings: readonly { readonly code: string; readonly at?: { readonly line?: number } }[]) =>
  warnings.map(({ code, at }) => [code, at?.line]);

describe("what follows a mark that is never closed", () => {
  it("is read in a guide, with the place of the mark in the file of the rule", () => {
    const { steps, warnings } = compileGuide({
      text: "### Possible investigation steps\n- Look.\n\n```sql\nSELECT 1\n\n- Go on.\n- Ask.\n",
      file: "rule.toml",
      firstLine: 20,
      investigate: [],
      osquery: [],
    });
    expect(steps.map(({ question }) => question)).toEqual(["Look.", "Go on.", "Ask."]);
    expect(warnings).toMatchObject([{ code: "playbook.unclosed", at: { file: "rule.toml", line: 23, column: 1 } }]);
  });

  const step = (id: string) =>
    `### ${id}: Is it ${id}?\n- Anchor: yes\n- Raises concern: Bad.\n- Lowers concern: Good.\n`;
  const head = 'id: own\ntitle: Own\nversion: "1"\nsource: x\nfallback: true\n';

  it("is read in a playbook of our own", () => {
    const text = `---\n${head}---\n## Steps\n${step("one")}\n\`\`\`\ncode\n\n${step("two")}`;
    const read = readPlaybookFile(text, "own.md");
    const playbook = read.ok ? read.value.playbooks[0] : undefined;
    expect(playbook?.steps.map(({ id }) => id)).toEqual(["one", "two"]);
    expect(playbook?.warnings).toMatchObject([{ code: "playbook.unclosed", at: { line: 14, column: 1 } }]);
  });

  it("is a guide below front matter without an end; without a guide, the file is refused for that reason", () => {
    const guide = readPlaybookFile(`---\n${head}\n### Possible investigation steps\n- Look.\n`, "own.md");
    expect(guide.ok && codes(guide.value.playbooks[0]?.warnings ?? [])).toEqual([["playbook.unclosed", 1]]);
    const own = readPlaybookFile(`---\n${head}\n# A title\n\nA text.\n`, "own.md");
    expect(!own.ok && own.error).toMatchObject([{ code: "playbook.unclosed", at: { line: 1, column: 1 } }]);
    const rule = readPlaybookFile("---\n\nA line above a text.\n", "own.md");
    expect(!rule.ok && rule.error).toMatchObject([{ code: "playbook.front-matter-missing" }]);
  });
});
