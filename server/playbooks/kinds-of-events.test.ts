import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { compileCondition } from "../condition/evaluate.ts";
import { createDetector } from "../detection/detector.ts";
import { readRules } from "../detection/rule-files/load.ts";
import type { RuleFile } from "../detection/rule-files/rule-folder.ts";
import { readEvents } from "../ingest/read.ts";
import { ok } from "../lib/result.ts";
import { loadPlaybooks } from "./load.ts";

const shared = join(import.meta.dirname, "../../../shared");
const here = existsSync(shared);

const { playbooks } = await loadPlaybooks([join(import.meta.dirname, "../../playbooks")]);
const kinds = playbooks.flatMap(({ id, applies: { events } }) =>
  events === undefined ? [] : [{ id, matches: compileCondition(events.where.condition) }],
);

/** The playbooks for the kind of an event. */
const kindsOf = (fields: Fields): readonly string[] =>
  kinds.flatMap(({ id, matches }) => (matches(fields) ? [id] : []));

/** How many events have each playbook; those of several kinds are listed as one. */
function counted(all: Iterable<Fields>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const fields of all) {
    const kind = kindsOf(fields).join(" and ") || "none";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const security = "Microsoft-Windows-Security-Auditing";
const sysmon = "Microsoft-Windows-Sysmon";

describe("the playbooks for kinds of events", () => {
  let world: WorkbenchStore;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
  });
  afterAll(() => world.close());

  it("are seven", () => {
    expect(kinds.map(({ id }) => id).toSorted()).toEqual([
      "file",
      "logon",
      "network",
      "process",
      "registry",
      "script",
      "service",
    ]);
  });

  it.each<[kind: string, what: string, fields: Fields]>([
    ["process", "a start", { "event.category": ["process"], "event.type": ["start"], "process.name": "cmd.exe" }],
    ["process", "access to another process", { "event.category": ["process"], "event.type": ["access"] }],
    ["process", "a handle to a process", { "event.provider": security, "winlog.event_data.ObjectType": "Process" }],
    [
      "script",
      "the start of a script host",
      { "event.category": ["process"], "event.type": ["start"], "process.name": "wscript.exe" },
    ],
    [
      "script",
      "a script block",
      { "event.category": ["process"], "event.provider": "Microsoft-Windows-PowerShell", "event.code": "4104" },
    ],
    ["script", "a WMI subscription", { "event.provider": sysmon, "event.code": "20" }],
    ["file", "a new file", { "event.category": ["file"], "event.type": ["creation"] }],
    ["file", "access over a share", { "event.category": ["network", "file"], "event.code": "5145" }],
    ["registry", "a value", { "event.category": ["configuration", "registry"], "event.code": "13" }],
    ["network", "a connection", { "event.category": ["network"], "destination.ip": "10.0.0.1" }],
    ["network", "a lookup", { "event.category": ["network"], "dns.question.name": "a.example" }],
    ["logon", "a failed logon", { "event.category": ["authentication"], "event.code": "4625" }],
    ["logon", "a session over remote desktop", { "event.category": ["session"] }],
    ["logon", "a new member of a group", { "event.category": ["iam"], "event.type": ["group", "change"] }],
    [
      "service",
      "an installed service",
      { "event.category": ["configuration"], "event.provider": "Service Control Manager", "event.code": "7045" },
    ],
    [
      "service",
      "a scheduled task",
      { "event.category": ["iam", "configuration"], "event.provider": security, "event.code": "4698" },
    ],
    ["service", "a driver", { "event.category": ["driver"], "event.code": "6" }],
    ["none", "a cleared log", { "event.category": ["iam"], "event.type": ["admin", "change"], "event.code": "1102" }],
    ["none", "a record without a category", { "event.code": "4116" }],
  ])("%s: %s", (kind, _, fields) => {
    expect(counted([fields])).toEqual({ [kind]: 1 });
  });

  it("do not overlap on the alerts of the sample", async () => {
    const fields: Fields[] = [];
    for await (const alert of world.store.alerts.each({})) {
      fields.push(alert.sequence?.last ?? alert.fields);
    }
    expect(counted(fields)).toEqual({ process: fields.length - 2, registry: 1, logon: 1 });
  });

  it.skipIf(!here)(
    `do not overlap on what the rules of the field match in real captures${here ? "" : " (skipped: no ../shared)"}`,
    async () => {
      const files = await Promise.all(["elastic", "sigma", "splunk"].map(unpack));
      const detector = createDetector(readRules(files.flat()).rules);
      const matched: Fields[] = [];
      const captures = ["wmiexec", "wmi-target", "evtx-bulk/evtx-attack-samples.tar.gz", "sigma-regression", "ecs"];
      for await (const { events } of readEvents(captures.map((capture) => join(shared, "telemetry", capture)))) {
        for (const { event } of events) {
          matched.push(...detector.test(event).map(() => event.fields));
        }
      }
      const counts = counted(matched);
      expect(Object.keys(counts).filter((kind) => kind.includes(" and "))).toEqual([]);
      for (const { id } of kinds) {
        expect([id, counts[id]]).toEqual([id, expect.any(Number)]);
      }
      expect(counts["none"] ?? 0).toBeLessThan(matched.length * 0.15);
    },
    120_000,
  );
});

async function unpack(name: string): Promise<readonly RuleFile[]> {
  const files: RuleFile[] = [];
  const archive = createReadStream(join(shared, `corpora/${name}.tar.gz`));
  for await (const entry of archive.pipe(createGunzip()).pipe(extract())) {
    const { name: file } = entry.header;
    const content = await text(entry);
    if (/\.(?:toml|yml)$/.test(file)) {
      files.push({ file, source: file, text: ok(content) });
    }
  }
  return files;
}
