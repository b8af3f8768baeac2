import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

/** The documentation names files, folders and decisions: what it names must exist. */
const root = resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const pages = globSync(["*.md", "docs/**/*.md", "{server,web,test,rules,playbooks}/**/*.md"], { cwd: root })
  .filter((file) => !/(^|\/)(node_modules|dist)\//.test(file) && !/^playbooks\/(?!README)/.test(file))
  .sort();
const sources = globSync(["{server,web/src,test}/**/*.{ts,tsx,js}"], { cwd: root });
const decisions = globSync("docs/decisions/0*.md", { cwd: root }).sort();

/** Fenced blocks hold examples, which may name anything. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "");

describe("the documentation", () => {
  it.each(pages)("%s links to pages and sections that exist", (page) => {
    const links = [...prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
    const broken = links.filter((link) => {
      const [path = "", section] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      return (
        !/^[a-z]+:/.test(link) &&
        (!existsSync(join(root, target)) || (section !== undefined && !sectionsOf(target).includes(section)))
      );
    });
    expect(broken).toEqual([]);
  });

  it.each(pages)("%s names files and folders that exist", (page) => {
    const spans = [...prose(read(page)).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
    const paths = spans.filter((span) => /^(server|web|test|rules|playbooks|docs|\.ci)\/[\w./{},*-]*$/.test(span));
    // The built web app is not part of a checkout, and names in capitals are placeholders. Pages on adding something
    // name files that do not exist yet, in folders that do.
    const named = paths.filter((path) => !path.startsWith("web/dist") && !/\/[A-Z]{3,}/.test(path));
    const isGuide = page.startsWith("docs/adding-");
    const exists = (path: string) => globSync(path, { cwd: root }).length > 0;
    const missing = named.filter((path) => !exists(path) && !(isGuide && exists(dirname(path))));
    expect(missing).toEqual([]);
  });

  it.each(decisions)("%s has a status and a date, and is in the index", (file) => {
    expect(read(file)).toMatch(/^- Status: (accepted|superseded by \[\d{4}\])/m);
    expect(read(file)).toMatch(/^- Date: 20\d\d-\d\d-\d\d$/m);
    expect(read("docs/decisions/README.md")).toContain(`(${file.slice("docs/decisions/".length)})`);
  });

  it("has every decision linked from the code that it explains, and only decisions that exist", () => {
    const numbers = decisions.map((file) => /(\d{4})-/.exec(file)?.[1] ?? "");
    const linked = sources.flatMap((file) =>
      [...read(file).matchAll(/docs\/decisions\/(\d{4}(?:(?:, | and )\d{4})*)/g)].flatMap((match) =>
        (match[1] ?? "").split(/, | and /).map((number) => ({ file, number })),
      ),
    );
    expect(linked.filter(({ number }) => !numbers.includes(number))).toEqual([]);
    expect(numbers.filter((number) => !linked.some((link) => link.number === number))).toEqual([]);
  });
});

describe("comments in the source", () => {
  it("have lines of at most 120 characters", () => {
    const long = sources.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, index) => (isComment(line) && line.length > 120 ? [`${file}:${index + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });
});

function isComment(line: string): boolean {
  return /^\s*(\/\/|\/\*|\*)/.test(line);
}

/** Anchors of headings as GitHub makes them. */
function sectionsOf(page: string): readonly string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
