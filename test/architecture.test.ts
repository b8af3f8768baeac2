import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * The direction of imports (design: `contracts`, `lib` ← `event`, `condition` ← domain ← stores ← `http`, `cli` ← `main`).
 * A folder may import itself and what its row allows; drivers and parsers are imported in the files named here.
 */
const root = resolve(import.meta.dirname, "..");

const allowed: Readonly<Record<string, readonly string[]>> = {
  "server/contracts": [],
  "server/lib": ["server/contracts"],
  "server/event": ["server/contracts", "server/lib"],
  "server/condition": ["server/contracts", "server/lib", "server/event"],
  "server/ingest": ["server/contracts", "server/lib", "server/event"],
  "server/detection": ["server/contracts", "server/lib", "server/event", "server/condition"],
  "server/lineage": ["server/contracts", "server/lib", "server/event", "server/condition"],
  "server/alert": ["server/contracts", "server/lib", "server/event", "server/condition", "server/store/port"],
  "server/exception": ["server/contracts", "server/lib", "server/event", "server/condition"],
  "server/ruleset": [
    "server/contracts",
    "server/lib",
    "server/event",
    "server/condition",
    "server/detection",
    "server/store/port",
    "server/alerting",
    "server/playbooks",
  ],
  "server/alerting": [
    "server/alert",
    "server/exception",
    "server/contracts",
    "server/lib",
    "server/event",
    "server/condition",
    "server/detection",
    "server/exceptions",
    "server/store/port",
    "server/lineage",
  ],
  "server/exceptions": [
    "server/alert",
    "server/exception",
    "server/contracts",
    "server/lib",
    "server/event",
    "server/condition",
    "server/store/port",
    "server/detection",
    "server/alerting",
    "server/triage",
  ],
  "server/playbooks": [
    "server/alert",
    "server/exception",
    "server/contracts",
    "server/lib",
    "server/event",
    "server/condition",
    "server/store/port",
    "server/detection",
    "server/alerting",
    "server/lineage",
  ],
  "server/triage": [
    "server/alert",
    "server/exception",
    "server/contracts",
    "server/lib",
    "server/event",
    "server/condition",
    "server/store/port",
    "server/detection",
    "server/playbooks",
    "server/alerting",
    "server/lineage",
  ],
  "server/store": [
    "server/alert",
    "server/exception",
    "server/contracts",
    "server/lib",
    "server/event",
    "server/condition",
    "server/lineage",
    "server/alerting",
  ],
  "server/sample": ["server/contracts", "server/lib"],
  "server/http": [
    "server/alert",
    "server/exception",
    "server/contracts",
    "server/lib",
    "server/event",
    "server/condition",
    "server/detection",
    "server/ruleset",
    "server/playbooks",
    "server/exceptions",
    "server/triage",
    "server/alerting",
    "server/store/port",
    "server/store/failure",
    "server/config",
  ],
};

/** Packages that only these files may import. */
const drivers: Readonly<Record<string, RegExp>> = {
  "neo4j-driver": /^server\/store\/neo4j\/connection\.ts$/,
  "node:sqlite": /^server\/store\/sqlite\/connection\.ts$/,
  express: /^server\/http\//,
  yauzl: /^server\/ingest\//,
  "tar-stream": /^server\/ingest\//,
  "smol-toml": /^server\/detection\/rule-files\//,
  yaml: /^server\/(detection\/rule-files|playbooks)\//,
  re2js: /^server\/condition\//,
};

/** The only files of the server's top level that know every part. */
const compositionRoots = /^server\/(main|cli|pipeline|config)\.ts$|^server\/(cli|pipeline|bench)\//;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly kind: "own" | "package";
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), "utf8");
  return [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^"';]*?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g),
  ].map((match) => {
    const target = match[1] ?? match[2] ?? "";
    if (target.startsWith("#contracts/")) {
      return { from: file, to: `server/contracts/${target.slice("#contracts/".length)}.ts`, kind: "own" as const };
    }
    return target.startsWith(".")
      ? { from: file, to: relative(root, resolve(root, dirname(file), target)), kind: "own" as const }
      : { from: file, to: target, kind: "package" as const };
  });
}

const sources = (pattern: string) => globSync(pattern, { cwd: root }).filter((file) => !/\.test\.tsx?$/.test(file));
const server = sources("server/**/*.ts").flatMap(importsOf);
const web = sources("web/src/**/*.{ts,tsx}").flatMap(importsOf);

const folderOf = (file: string) => file.split("/").slice(0, 2).join("/");
const text = (found: readonly Import[]) => found.map(({ from, to }) => `${from} → ${to}`);

describe("the direction of imports", () => {
  it("is followed by every folder of the server", () => {
    const broken = server.filter(({ from, to, kind }) => {
      if (kind === "package" || compositionRoots.test(from)) {
        return false;
      }
      const folder = folderOf(from);
      return folder !== folderOf(to) && !(allowed[folder] ?? []).some((permitted) => to.startsWith(permitted));
    });
    expect(text(broken)).toEqual([]);
  });

  it("knows every folder of the server", () => {
    const folders = new Set(
      server
        .map(({ from }) => folderOf(from))
        .filter((folder) => !folder.endsWith(".ts") && !compositionRoots.test(`${folder}/`)),
    );
    expect([...folders].filter((folder) => allowed[folder] === undefined)).toEqual([]);
  });

  it("keeps drivers and parsers in their files", () => {
    const broken = server.filter(
      ({ from, to, kind }) => kind === "package" && drivers[to] !== undefined && !drivers[to].test(from),
    );
    expect(text(broken)).toEqual([]);
  });

  it("lets the web know only the contracts and itself", () => {
    const broken = web.filter(({ to, kind }) =>
      kind === "own" ? !to.startsWith("web/") && !to.startsWith("server/contracts/") : to.startsWith("node:"),
    );
    expect(text(broken)).toEqual([]);
  });

  it("keeps features apart from each other", () => {
    const feature = (file: string) => /^web\/src\/features\/([^/]+)\//.exec(file)?.[1];
    const broken = web.filter(
      ({ from, to }) => feature(from) !== undefined && feature(to) !== undefined && feature(from) !== feature(to),
    );
    const upward = web.filter(
      ({ from, to }) => /^web\/src\/(ui|api|keyboard)\//.test(from) && to.startsWith("web/src/features/"),
    );
    expect(text([...broken, ...upward])).toEqual([]);
  });

  it("reads the imports that it judges", () => {
    expect(server.length).toBeGreaterThan(30);
    expect(web.length).toBeGreaterThan(20);
  });
});
