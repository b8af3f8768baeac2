import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");

interface Layer {
  /** A folder under `server/`. A folder with a row of its own does not belong to the row of the folder around it. */
  readonly folder: string;
  readonly imports: readonly string[];
  /** Files that other layers may import; by default all. Folders inside of this one import any. */
  readonly exposes?: RegExp;
  readonly reason: string;
}

const names = (list: string) => list.split(" ");

/**
 * Which folder of the server may import which, type imports included. The table is read from the bottom of the
 * architecture upwards: a folder imports only folders listed before it, so that no cycle can be permitted.
 */
const layers: readonly Layer[] = [
  { folder: "contracts", imports: [], reason: "Schemas shared by server and web: data without behaviour." },
  { folder: "lib", imports: names("contracts"), reason: "Small helpers without domain knowledge." },
  { folder: "decode", imports: names("contracts"), reason: "What is encoded in a text; knows nothing of events." },
  { folder: "event", imports: names("contracts lib"), reason: "Turns records of any source into events." },
  { folder: "sample", imports: names("contracts"), reason: "Generates a capture; ingested like any other." },
  { folder: "ingest", imports: names("contracts lib event"), reason: "Reads files and formats into events." },
  {
    folder: "condition",
    imports: names("contracts lib decode"),
    reason: "The condition tree and its evaluator, which computes decoded text where a condition names it.",
  },
  {
    folder: "detection",
    imports: names("contracts lib event condition"),
    reason: "Parses rules and runs them over events; does not know where events are stored.",
  },
  {
    folder: "config",
    imports: names("contracts lib detection"),
    reason: "Where settings come from: flags, environment, a TOML file with the places of its values.",
  },
  { folder: "lineage", imports: names("contracts lib event"), reason: "Builds processes and sessions from events." },
  {
    folder: "alert",
    imports: names("contracts lib event"),
    reason: "What an alert is and how its status changes; stores depend on it, not the other way round.",
  },
  {
    folder: "exception",
    imports: names("contracts lib event condition"),
    reason: "Which records an exception hides; below the store so that every layer asks the same matcher.",
  },
  {
    folder: "store",
    imports: names("contracts lib decode event condition lineage alert"),
    exposes:
      /^server\/store\/(([a-z-]+\/)?port|failure|damage|read-only|figures|audit\/(chain|version)|events\/packed-events|snapshot\/copy|integrity\/check)\.ts$/,
    reason: "The store's interface, a port per subject, and what both adapters share.",
  },
  ...["store/sqlite", "store/neo4j"].map((folder) => ({
    folder,
    imports: names("contracts lib event condition lineage alert store"),
    reason: "An adapter: imported only where a store is opened or measured.",
  })),
  {
    folder: "people",
    imports: names("contracts lib store"),
    reason: "Who may use the server: signing in, sessions, people and service tokens.",
  },
  {
    folder: "authoring",
    imports: names("contracts lib store people"),
    reason: "Saves what people write as files: a file and its audit record together, over nothing unseen.",
  },
  {
    folder: "playbooks",
    imports: names("contracts lib decode event condition detection lineage alert store authoring"),
    reason: "Parses playbooks, runs their queries, derives verdicts and decides what closing needs.",
  },
  {
    folder: "alerting",
    imports: names("contracts lib event condition detection lineage alert exception store"),
    reason: "Turns findings of rules into alerts.",
  },
  {
    folder: "ruleset",
    imports: names("contracts lib event condition detection store authoring playbooks alerting"),
    reason: "The rules that are loaded: selection, versions, coverage and trial runs; who may still save one.",
  },
  {
    folder: "triage",
    imports: names("contracts lib event condition detection lineage alert store playbooks alerting"),
    reason: "What an analyst sees and does with an alert.",
  },
  {
    folder: "evidence",
    imports: names("contracts lib decode event detection lineage alert exception store playbooks triage"),
    reason: "Evidence bundles: gathers an incident as one document, prints it, and checks a file of it.",
  },
  {
    folder: "changes",
    imports: names("contracts store"),
    reason: "Notices what any process writes, and who is looking at what, for those who follow.",
  },
  {
    folder: "delivery",
    imports: names("contracts lib store triage evidence"),
    reason: "Sends escalations to receivers: signs, posts, tries again; stores what became of them.",
  },
  {
    folder: "exceptions",
    imports: names("contracts lib event condition detection lineage alert exception store playbooks alerting triage"),
    reason:
      "Drafts, tests and saves exceptions; which names are one account, which accounts every host has, and verdicts.",
  },
  {
    folder: "pipeline",
    imports: names("contracts lib event ingest condition detection lineage exception store alerting ruleset"),
    reason: "Ingest as one pass: read, detect, build lineage, raise alerts.",
  },
  {
    folder: "exceptions/life",
    imports: names("contracts lib event condition detection alert exception store alerting pipeline"),
    reason:
      "An exception after it was saved: its list, history and health; gives back what it hid, as an ingest would.",
  },
  {
    folder: "work",
    imports: names(
      "contracts lib event detection alert store people playbooks ruleset triage evidence delivery exceptions exceptions/life",
    ),
    exposes: /^server\/work\/(pool|start-thread|serve-tasks)\.ts$/,
    reason: "Runs heavy use cases in threads of their own, in a fair queue; who may still write when it is their turn.",
  },
  {
    folder: "mcp",
    imports: names("contracts lib"),
    reason: "The MCP server over the API: its tools call routes by name and know nothing of what is behind them.",
  },
  {
    folder: "http",
    imports: names(
      "contracts lib decode alert store people authoring playbooks ruleset triage changes exceptions exceptions/life work mcp",
    ),
    reason: "Routes: parse the request, call one function, answer.",
  },
  {
    folder: "cli",
    imports: names(
      "contracts lib event sample ingest condition detection alert exception store store/sqlite store/neo4j people playbooks ruleset triage evidence exceptions exceptions/life pipeline mcp config.ts",
    ),
    reason: "Commands; `cli/open.ts` chooses the adapter of the configured store.",
  },
  {
    folder: "bench",
    imports: names(
      "contracts lib event sample ingest condition detection lineage alert exception store store/sqlite store/neo4j playbooks alerting pipeline cli config.ts",
    ),
    reason: "Measures the layers one by one, adapters included.",
  },
];

/** Files that put the layers together; no layer imports them, except the configuration if its row permits it. */
const compositionRoots = ["main.ts", "worker.ts", "cli.ts", "config.ts"];

/** Debt: imports that break the table, by name, until they are removed. None at present. */
const debt: readonly string[] = [];

/** Packages that only these files may import. */
const drivers: Readonly<Record<string, RegExp>> = {
  "neo4j-driver": /^server\/store\/neo4j\/(connection|driver-value|failure)\.ts$/,
  "node:sqlite": /^server\/store\/sqlite\/connection\.ts$/,
  express: /^server\/http\//,
  "@modelcontextprotocol/sdk": /^server\/mcp\//,
  yauzl: /^server\/ingest\//,
  "tar-stream": /^server\/ingest\//,
  "smol-toml": /^server\/(detection\/rule-files|config)\//,
  yaml: /^server\/(detection\/rule-files|playbooks)\//,
  "prom-client": /^server\/http\/monitoring\//,
  re2js: /^server\/condition\//,
};

/** `@scope/name/path` → `@scope/name`. */
const packageOf = (to: string) => /^@[^/]+\/[^/]+/.exec(to)?.[0] ?? to;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly kind: "own" | "package";
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const statements = /(?:^|\n)\s*(?:import|export)\s(?:[^"';]*?\sfrom\s*)?["']([^"']+)["']/g;
  const expressions = /\bimport\(\s*["']([^"']+)["']\s*\)/g;
  return [...text.matchAll(statements), ...text.matchAll(expressions)].map(([, target = ""]) => {
    if (target.startsWith("#contracts/")) {
      return { from: file, to: `server/contracts/${target.slice("#contracts/".length)}.ts`, kind: "own" as const };
    }
    return target.startsWith(".")
      ? { from: file, to: relative(root, resolve(root, dirname(file), target)), kind: "own" as const }
      : { from: file, to: target, kind: "package" as const };
  });
}

const sources = (pattern: string) => globSync(pattern, { cwd: root }).filter((file) => !/\.test\.tsx?$/.test(file));
const serverFiles = sources("server/**/*.ts");
const server = serverFiles.flatMap(importsOf);
const web = sources("web/src/**/*.{ts,tsx}").flatMap(importsOf);

const text = (found: readonly Import[]) => found.map(({ from, to }) => `${from} → ${to}`);
const withoutDebt = (found: readonly Import[]) => text(found).filter((one) => !debt.includes(one));

const byDepth = layers.toSorted((left, right) => right.folder.length - left.folder.length);

/** The row that a file belongs to: that of the innermost folder; undefined for the server's top level. */
function layerOf(file: string): Layer | undefined {
  return byDepth.find(({ folder }) => file.startsWith(`server/${folder}/`));
}

/** As rows name it: the folder of the file's row, or the file itself at the server's top level. */
const folderNameOf = (file: string) => layerOf(file)?.folder ?? relative("server", file);

/** Nodes of the folder graph: `server/<folder>`, or the file itself at the server's top level. */
const topFolderOf = (file: string) => file.split("/").slice(0, 2).join("/");

/** A way along the edges from a node back to itself, if there is one. */
function cycleIn(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] | undefined {
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) {
      return [...path.slice(path.indexOf(node)), node];
    }
    if (finished.has(node)) {
      return undefined;
    }
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next, [...path, node]);
      if (cycle !== undefined) {
        return cycle;
      }
    }
    finished.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node, []);
    if (cycle !== undefined) {
      return cycle;
    }
  }
  return undefined;
}

describe("the layers of the server", () => {
  it("import only what their row permits", () => {
    const broken = server.filter(({ from, to, kind }) => {
      const layer = layerOf(from);
      if (kind === "package" || layer === undefined) {
        return false;
      }
      const target = folderNameOf(to);
      return target !== layer.folder && !layer.imports.includes(target);
    });
    expect(withoutDebt(broken)).toEqual([]);
  });

  it("open a store only in one place, apart from benchmarks", () => {
    const adapters = server.filter(({ to }) => /^server\/store\/(sqlite|neo4j)\//.test(to));
    const outside = adapters.filter(({ from }) => !/^server\/(store|bench)\/|^server\/cli\/open\.ts$/.test(from));
    expect(text(outside)).toEqual([]);
  });

  it("import only what a layer exposes", () => {
    const inner = server.filter(({ from, to, kind }) => {
      const layer = kind === "own" ? layerOf(to) : undefined;
      return layer?.exposes?.test(to) === false && !from.startsWith(`server/${layer.folder}/`);
    });
    expect(withoutDebt(inner)).toEqual([]);
  });

  it("use every import that their row permits", () => {
    const used = new Set(server.map(({ from, to }) => `${layerOf(from)?.folder} → ${folderNameOf(to)}`));
    const unused = layers.flatMap(({ folder, imports }) => imports.map((name) => `${folder} → ${name}`));
    expect(unused.filter((edge) => !used.has(edge))).toEqual([]);
  });

  it("are permitted only layers below them", () => {
    const upward = layers.flatMap(({ folder, imports }, index) =>
      imports
        .filter((name) => name !== "config.ts" && !layers.slice(0, index).some((below) => below.folder === name))
        .map((name) => `${folder} → ${name}`),
    );
    expect(upward).toEqual([]);
  });

  it("have no cycle between folders", () => {
    const edges = server.filter(
      ({ from, to, kind }) => kind === "own" && to.startsWith("server/") && topFolderOf(from) !== topFolderOf(to),
    );
    const settled = edges.filter(({ from, to }) => !debt.includes(`${from} → ${to}`));
    const graph = new Map(
      [...Map.groupBy(settled, ({ from }) => topFolderOf(from))].map(([folder, imports]) => [
        folder,
        new Set(imports.map(({ to }) => topFolderOf(to))),
      ]),
    );
    expect(cycleIn(graph)?.join(" → ")).toBeUndefined();
  });

  it("cover every file of the server", () => {
    const outside = serverFiles.filter((file) => layerOf(file) === undefined);
    expect(outside.toSorted()).toEqual(compositionRoots.map((file) => `server/${file}`).toSorted());
  });

  it("owe no more than what is listed as debt", () => {
    expect(debt.filter((one) => !text(server).includes(one))).toEqual([]);
  });
});

describe("the status of an alert", () => {
  /** What alerts were at some time, which nobody writes down. */
  const reports = "server/triage/report/";
  /** Folders whose code handles alerts; stores only write down what they are given. */
  const handling = serverFiles.filter(
    (file) =>
      /^server\/(alert|alerting|exception|exceptions|playbooks|triage|ruleset|pipeline)\//.test(file) &&
      !file.startsWith(reports),
  );
  const containing = (pattern: RegExp) =>
    handling.filter((file) => pattern.test(readFileSync(join(root, file), "utf8"))).toSorted();

  it("is set only where it changes, where an alert is new, and where alerts merge", () => {
    // A property of an object literal, also in short form; not one that is read or declared in a type.
    const assigned = /(?<!\.|readonly )\b(?:status|closeReason)\b(?:: (?!AlertStatus|CloseReason)| ?[,}])/;
    expect(containing(assigned)).toEqual([
      "server/alert/change-status.ts",
      "server/alert/merge.ts",
      "server/alert/summary.ts",
      "server/alerting/from-hit.ts",
      // The status of an incident, which is that of its alerts.
      "server/alerting/join-incidents.ts",
      "server/triage/batch/cover.ts",
      "server/triage/batch/left.ts",
      "server/triage/batch/restore.ts",
      "server/triage/incident/closed-otherwise.ts",
      "server/triage/incident/record-transition.ts",
      "server/triage/incident/view.ts",
    ]);
  });

  it("is not changed by reports, which write nothing", () => {
    const writing = serverFiles.filter(
      (file) => file.startsWith(reports) && /\bwrite\(|Transaction\b/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(writing).toEqual([]);
  });

  it("is recorded in the audit trail in one place", () => {
    expect(containing(/"alert\.transition"/)).toEqual(["server/alert/change-status.ts"]);
  });

  it("changes with an entry in the history, which has one other entry: leaving an incident", () => {
    expect(containing(/addTransition\(/)).toEqual([
      "server/alert/change-status.ts",
      "server/triage/incident/move-alerts.ts",
    ]);
  });
});

describe("the search for cycles", () => {
  it("returns the path of a cycle", () => {
    const graph = new Map([
      ["alerts", new Set(["lib", "exceptions"])],
      ["exceptions", new Set(["triage"])],
      ["triage", new Set(["playbooks"])],
      ["playbooks", new Set(["lib", "alerts"])],
    ]);
    expect(cycleIn(graph)).toEqual(["alerts", "exceptions", "triage", "playbooks", "alerts"]);
  });

  it("finds none if a folder can be reached in two ways", () => {
    const graph = new Map([
      ["cli", new Set(["triage", "store"])],
      ["triage", new Set(["store"])],
    ]);
    expect(cycleIn(graph)).toBeUndefined();
  });
});

describe("the direction of imports", () => {
  it("keeps drivers and parsers in their files", () => {
    const broken = server.filter(
      ({ from, to, kind }) => kind === "package" && drivers[packageOf(to)]?.test(from) === false,
    );
    expect(text(broken)).toEqual([]);
  });

  it("lets the web import only the contracts and itself", () => {
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
