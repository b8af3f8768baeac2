import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const store = join(root, "server/store");
const read = (path: string) => readFileSync(path, "utf8");
const page = read(join(root, "docs/adding-a-store.md"));

/** Everything in backticks, and the rows of the table with their cells. */
const named = new Set([...page.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text));
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text)));

const ports = globSync("*/port.ts", { cwd: store }).toSorted();
/** Names exported by a TypeScript file. */
const exportsOf = (path: string) =>
  [...read(path).matchAll(/^export (?:async )?(?:interface|type|class|function\*?|const) (\w+)/gm)].map(
    ([, name = ""]) => name,
  );

describe("docs/adding-a-store.md", () => {
  it("links to existing files", () => {
    const targets = [...page.matchAll(/\]\(([^)#]+)\)/g)].map(([, target = ""]) => target);
    expect(targets.filter((target) => !existsSync(join(root, "docs", target)))).toEqual([]);
    expect(targets.length).toBeGreaterThan(2);
  });

  it("has one row per subject, with its readers and writers", () => {
    expect(rows.map(([, subject = []]) => subject[0]).toSorted()).toEqual(ports);
    for (const port of ports) {
      const [, subject = []] = rows.find((row) => row[1]?.[0] === port) ?? [];
      const interfaces = exportsOf(join(store, port)).filter((name) => /(Reader|Writer)$/.test(name));
      expect(subject).toEqual(expect.arrayContaining(interfaces));
    }
  });

  it("names files that both adapters have", () => {
    const files = rows.flatMap(([, , adapter = []]) => adapter);
    const missing = ["sqlite", "neo4j"].flatMap((name) => files.filter((file) => !existsSync(join(store, name, file))));
    expect(missing).toEqual([]);
  });

  it("names what adapters share and implement as it is exported", () => {
    const exported = new Set(
      globSync("server/{store,lineage}/**/*.ts", { cwd: root }).flatMap((file) => exportsOf(file)),
    );
    const symbols = rows.flatMap(([, subject = [], , toImplement = [], shared = []]) =>
      [...subject, ...toImplement, ...shared].filter((name) => /^[A-Za-z]\w+$/.test(name)),
    );
    expect(symbols.filter((name) => !exported.has(name))).toEqual([]);
  });

  it("names the suites that run on every store, and only existing ones", () => {
    const tests = globSync("test/contracts/**/*.test.ts", { cwd: root });
    const onEveryStore = tests.filter((file) => /\bdescribe(Stores|Lineage)\(/.test(read(join(root, file))));
    expect(onEveryStore.map((file) => basename(file)).filter((file) => !named.has(file))).toEqual([]);
    const existing = new Set(tests.map((file) => basename(file)));
    const suites = [...named].filter((name) => name.endsWith(".test.ts") && dirname(name) === ".");
    expect(suites.filter((name) => !existing.has(name))).toEqual([]);
  });
});
