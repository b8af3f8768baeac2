import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteInTemporaryFolder, type TestStore } from "../../../test/contracts/stores.ts";
import { rule } from "../../../test/factories/alerts.ts";
import { guid, sysmonStart, T0 } from "../../../test/factories/events.ts";
import { ingestEvents } from "../../../test/factories/ingest.ts";
import { and, equals } from "../../condition/tree.ts";
import { createDetector } from "../../detection/detector.ts";
import { readPlaybookFile } from "../load.ts";
import type { Playbook } from "../playbook.ts";
import { runQuery } from "../run-query.ts";

const playbook = (search: string, range = "+/-1h"): Playbook => {
  const indented = search
    .trim()
    .split("\n")
    .map((line) => `      ${line}`)
    .join("\n");
  const text = `name: Odd\ndetection_id: r\nquestions:\n  - question: What is it?\n    range: ${range}\n    query: |\n${indented}\n`;
  const read = readPlaybookFile(text, "so.yaml");
  const found = read.ok ? read.value.playbooks[0] : undefined;
  if (found === undefined) {
    throw new Error("no playbook");
  }
  return found;
};

const process = (...selection: readonly string[]) =>
  `aggregation: false\nlogsource:\n  category: process_creation\ndetection:\n  selection:\n${selection
    .map((line) => `    ${line}`)
    .join("\n")}\n  condition: selection`;

const odd = 'cmd.exe /c echo * > "C:\\a?b"';
const parent = guid(T0, 1);
const events = [
  sysmonStart({ time: T0, guid: parent, pid: 100, image: "C:\\odd.exe", commandLine: odd, host: "ws-1.corp.example" }),
  sysmonStart({
    time: T0 + 1000,
    guid: guid(T0, 2),
    pid: 101,
    parentGuid: parent,
    parentPid: 100,
    host: "ws-1.corp.example",
  }),
  sysmonStart({ time: T0 + 2000, guid: guid(T0, 3), pid: 102, commandLine: odd, host: "ws-2.corp.example" }),
  sysmonStart({
    time: T0 + 3000,
    guid: guid(T0, 4),
    pid: 103,
    commandLine: 'cmd.exe /c echo all > "C:\\acb"',
    host: "ws-2.corp.example",
  }),
  sysmonStart({ time: T0 + 7_200_000, guid: guid(T0, 5), pid: 104, parentGuid: parent, host: "ws-1.corp.example" }),
];

describe("a search in Sigma", () => {
  let test: TestStore;
  beforeEach(async () => {
    test = await sqliteInTemporaryFolder();
    const condition = and(equals("event.code", "1"), equals("process.name", "odd.exe"));
    await ingestEvents(test.store, createDetector([rule({ id: "r", condition })]), events);
  });
  afterEach(() => test.dispose());

  const run = async (search: string, range?: string) => {
    const { queries, warnings } = playbook(search, range);
    expect(warnings).toEqual([]);
    const [alert] = (await test.store.alerts.find({ order: "oldest-first", limit: 1 })).items;
    const [query] = queries;
    if (alert === undefined || query === undefined) {
      throw new Error("nothing to run");
    }
    return runQuery(test.store, query, alert, { anchor: "event", limit: 10, clock: () => 0, ruleOf: () => undefined });
  };
  const pids = async (search: string, range?: string) =>
    (await run(search, range)).rows.map(({ fields }) => fields["process.pid"]).toSorted();

  it("runs with the values of the alert, in its window", async () => {
    const children = process("ParentProcessGuid|expand: '%ProcessGuid%'");
    expect(await pids(children)).toEqual([101]);
    expect(await pids(children, "+3h")).toEqual([101, 104]);
    expect(await pids(children, "-1h")).toEqual([]);
  });

  it("takes a wildcard in a value of the alert as what it is", async () => {
    expect(await pids(process("CommandLine|expand: '%CommandLine%'"))).toEqual([100, 102]);
    expect(await pids(process("CommandLine|contains|expand: '%CommandLine%'"))).toEqual([100, 102]);
    expect(await pids(process("CommandLine|startswith: 'cmd.exe /c echo *'"))).toEqual([100, 102, 103]);
  });

  it("knows accounts with their domain, numbers, and the host by any of its names", async () => {
    expect(await pids(process("User|expand: '%User%'", "hostname|expand: '%hostname%'"))).toEqual([100, 101]);
    expect(await pids(process("ProcessId|expand: '%ProcessId%'"))).toEqual([100]);
  });

  it("about alerts finds alerts", async () => {
    const about =
      "logsource:\n  category: alert\ndetection:\n  selection:\n    document_id|expand: '%document_id%'\n  condition: selection";
    const found = await run(about);
    expect([found.target, found.total, found.rows[0]?.alertId === undefined]).toEqual(["alerts", 0, true]);
    const named = about.replaceAll("document_id", "rule.name");
    expect((await run(named)).target).toBe("alerts");
  });

  it("names what the alert lacks", async () => {
    const found = await run(process("DestinationIp|expand: '%dst_ip%'"));
    expect(found).toMatchObject({ outcome: "cannot-run", groups: [{ missing: ["destination.ip"] }] });
  });

  it("shows what it looks for, with the values filled in", async () => {
    const found = await run(process("ParentProcessGuid|expand: '%ProcessGuid%'"));
    expect(found.groups[0]?.text).toContain(`ParentProcessGuid:\n      - "${parent}"`);
  });

  it.each<[what: string, search: string, message: string, line: number]>([
    [
      "a log source that is not known",
      process("a: 1").replace("process_creation", "carrier_pigeon"),
      "carrier_pigeon",
      9,
    ],
    ["a condition that is none", process("a: 1").replace("condition: selection", "condition: nothing"), "nothing", 13],
    ["a modifier that is not known", process("Image|sounds_like: a"), "sounds_like", 12],
    ["YAML that is none", "logsource: [", "no valid YAML", 7],
    ["no detection", "logsource:\n  category: process_creation", "detection", 7],
  ])("with %s is a problem at its place, and stays readable", (_, search, message, line) => {
    const { queries, warnings, steps } = playbook(search);
    expect(queries).toEqual([]);
    expect(warnings).toMatchObject([{ code: "playbook.invalid-query", at: { file: "so.yaml", line } }]);
    expect(warnings[0]?.message).toContain(message);
    expect(steps[0]?.details.join()).toContain("Search in Sigma, to be run elsewhere");
  });

  it("with a range that cannot be read is not run over everything", () => {
    const { queries, warnings } = playbook(process("Image: a"), "lately");
    expect(queries).toEqual([]);
    expect(warnings).toMatchObject([{ code: "playbook.invalid-query", at: { line: 5 } }]);
  });

  it.each(["constructor", "toString", "__proto__"])("takes %s for a name like any other", (name) => {
    expect(playbook(process(`${name}: x`)).queries).toHaveLength(1);
    const filled = playbook(process(`Image|expand: '%${name}%'`));
    expect(filled.queries).toEqual([]);
    expect(filled.warnings.map(({ message }) => message)).toEqual([expect.stringContaining(`no value for %${name}%`)]);
  });
});
