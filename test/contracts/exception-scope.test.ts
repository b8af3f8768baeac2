import { afterEach, beforeEach, expect, it } from "vitest";
import type { ExceptionRecord } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { wildcard } from "../../server/condition/tree.ts";
import { createDetector } from "../../server/detection/detector.ts";
import { compileSequence, parseEql } from "../../server/detection/languages/eql/eql.ts";
import type { Rule } from "../../server/detection/rule.ts";
import { anyStageCondition } from "../../server/detection/sequence/plan.ts";
import type { StemmaEvent } from "../../server/event/event.ts";
import { createValueList } from "../../server/exceptions/value-lists.ts";
import type { Store } from "../../server/store/port.ts";
import { exception, rule } from "../factories/alerts.ts";
import { guid, logon, sysmonStart, T0 } from "../factories/events.ts";
import { ingestEvents } from "../factories/ingest.ts";
import { describeStores, type TestStore } from "./stores.ts";

function sequence(id: string, query: string): Rule {
  const parsed = parseEql(query);
  if (!parsed.ok || parsed.value.kind === "event") {
    throw new Error(query);
  }
  const plan = compileSequence(parsed.value);
  return { ...rule(), id, body: { kind: "sequence", plan, condition: anyStageCondition(plan) } };
}

const rules: readonly Rule[] = [
  { ...rule({ condition: wildcard("process.name", "whoami.exe") }), id: "whoami", tags: ["Tactic: Discovery"] },
  { ...rule({ condition: wildcard("process.name", "cmd.exe") }), id: "shell" },
  sequence(
    "twice",
    `sequence by host.name with maxspan=5m [process where process.name : "whoami.exe"] with runs=2
       [process where process.name : "cmd.exe"] [process where process.name : "whoami.exe"]`,
  ),
];
const detector = createDetector(rules);

/** agent.exe starts cmd.exe, which starts whoami.exe; the record of whoami.exe names its parent only. */
function workflow(agent: string, minute = 0, host = "srv-1"): readonly [StemmaEvent, StemmaEvent, StemmaEvent] {
  const time = T0 + minute * 60_000;
  const [top, middle, bottom] = [0, 1, 2].map((index) => guid(time + index * 1000, minute * 3 + index + 1));
  const shell = "C:\\Windows\\System32\\cmd.exe";
  const common = { host, user: "CORP\\svc" };
  return [
    sysmonStart({ ...common, guid: top, pid: 10, time, image: agent, commandLine: agent, logonId: "0x51" }),
    sysmonStart({
      ...{ ...common, guid: middle, pid: 20, time: time + 1000, image: shell, commandLine: "cmd /c step.cmd" },
      ...{ parentGuid: top, parentPid: 10, parentImage: agent, parentCommandLine: agent, logonId: "0x51" },
    }),
    sysmonStart({
      ...{ ...common, guid: bottom, pid: 30, time: time + 2000, image: "C:\\Windows\\System32\\whoami.exe" },
      ...{ commandLine: "whoami /groups", parentGuid: middle, parentPid: 20, parentImage: shell },
      ...{ parentCommandLine: "cmd /c step.cmd", logonId: "0x51" },
    }),
  ];
}

const agent = "C:\\Agent\\agent.exe";
const field = { operator: "included", case: "insensitive" } as const;
const belowAgent: ExceptionEntry = {
  ...{ type: "ancestor", which: "any", operator: "included" },
  entries: [{ type: "match", field: "process.executable", value: agent, ...field }],
};
const svc: ExceptionEntry = { type: "match", field: "user.name", value: "svc", ...field };

describeStores("what exceptions apply to", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const save = (given: Partial<ExceptionRecord>) =>
    store.write(({ exceptions }) => exceptions.put(exception({ ruleIds: ["whoami"], ...given })));
  const take = (...events: readonly StemmaEvent[]) => ingestEvents(store, detector, events);
  /** Rule and host of the alerts with a status. */
  const alerts = async (status: "open" | "closed" = "open") =>
    (await store.alerts.find({ limit: 100, order: "oldest-first", statuses: [status] })).items
      .map(({ rule: { id }, host }) => `${id} ${host}`)
      .sort();

  it("is what runs below an ancestor, by all rules, and nothing else", async () => {
    await save({ ruleIds: [], allRules: true, entries: [belowAgent] });
    await take(...workflow(agent), ...workflow("C:\\Temp\\agent.exe", 10, "srv-2"));
    expect(await alerts()).toEqual(["shell srv-2", "whoami srv-2"]);
    // Two alerts of single events, and two events of the sequence.
    expect(await store.exceptions.get("exception-1")).toMatchObject({ hits: 4 });
  });

  it("is found again once the records of an ancestor arrive, in the same ingest or in the next", async () => {
    await save({ entries: [belowAgent, svc] });
    const [top, middle, bottom] = workflow(agent);
    await take(bottom, top, middle);
    expect([await alerts(), await alerts("closed")]).toEqual([["shell srv-1"], []]);
    const [later, between, first] = workflow(agent, 10, "srv-2");
    await take(first);
    expect(await alerts()).toEqual(["shell srv-1", "whoami srv-2"]);
    await take(between, later);
    expect(await alerts()).toEqual(["shell srv-1", "shell srv-2"]);
    expect(await alerts("closed")).toEqual(["whoami srv-2"]);
    expect(await store.exceptions.get("exception-1")).toMatchObject({ hits: 2 });
  });

  it("tests the parent alone where an entry says so, and can exclude ancestors", async () => {
    await save({ entries: [{ ...belowAgent, which: "parent" }], id: "parent", ruleIds: ["shell", "whoami"] });
    await take(...workflow(agent));
    expect(await alerts()).toEqual(["whoami srv-1"]);
    await save({ entries: [{ ...belowAgent, operator: "excluded" }], id: "not-below" });
    await take(...workflow(agent, 10, "srv-2"), ...workflow("C:\\Temp\\agent.exe", 20, "srv-3"));
    expect(await alerts()).toEqual(["shell srv-3", "whoami srv-1", "whoami srv-2"]);
  });

  it("is what runs in a logon session from an address, by its type", async () => {
    const session = (value: string): ExceptionEntry => ({
      ...{ type: "session", operator: "included" },
      entries: [
        { type: "match", field: "source.ip", value, ...field },
        { type: "match", field: "winlog.logon.type", value: "3", ...field },
      ],
    });
    await save({ entries: [session("192.0.2.0/28")] });
    const opened = (ip: string, host: string, time: number) =>
      logon({ host, logonId: "0x51", user: "CORP\\svc", ip, time });
    await take(opened("192.0.2.7", "srv-1", T0 - 1000), ...workflow(agent));
    await take(opened("192.0.2.77", "srv-2", T0 + 599_000), ...workflow(agent, 10, "srv-2"));
    expect(await alerts()).toEqual(["shell srv-1", "shell srv-2", "whoami srv-2"]);
  });

  it("is a rule by its tag, on some hosts and operating systems", async () => {
    await save({ ruleIds: [], ruleTags: ["Tactic: Discovery"], hosts: ["SRV-1*"], os: ["windows"], entries: [svc] });
    await take(...workflow(agent), ...workflow(agent, 10, "srv-2"));
    expect(await alerts()).toEqual(["shell srv-1", "shell srv-2", "whoami srv-2"]);
  });

  it("is a workflow below an ancestor over four rules, on the 50 hosts of a value list", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `srv-${index}`);
    const by = { actor: { name: "lena" }, at: T0, newId: () => "agents" };
    await createValueList(store, { name: "Hosts with the agent", type: "keyword", values: names }, by);
    await save({ ruleIds: [], allRules: true, hostList: "agents", entries: [belowAgent] });
    const more = createDetector([
      ...rules.slice(0, 2),
      { ...rule({ condition: wildcard("process.parent.name", "cmd.exe") }), id: "child-of-shell" },
      { ...rule({ condition: wildcard("process.command_line", "*/groups*") }), id: "groups" },
    ]);
    const events = names.flatMap((host, index) => workflow(agent, index, host));
    await ingestEvents(store, more, [...events, ...workflow(agent, 60, "ws-1")]);
    // One shell and three alerts on its child per host.
    expect(await alerts()).toEqual(["child-of-shell ws-1", "groups ws-1", "shell ws-1", "whoami ws-1"]);
    expect(await store.exceptions.get("exception-1")).toMatchObject({ hits: 200 });
  });

  it("is nothing on another operating system", async () => {
    await save({ os: ["linux"], entries: [svc] });
    await take(...workflow(agent));
    expect(await alerts()).toEqual(["shell srv-1", "whoami srv-1"]);
  });

  it("is any of several groups of entries", async () => {
    const line = (value: string): ExceptionEntry => ({ type: "match", field: "host.name", value, ...field });
    await save({ entries: [svc, line("srv-1")], alternatives: [[svc, line("srv-2")]] });
    await take(...workflow(agent), ...workflow(agent, 10, "srv-2"), ...workflow(agent, 20, "srv-3"));
    expect((await alerts()).filter((one) => one.startsWith("whoami"))).toEqual(["whoami srv-3"]);
  });

  it.each([
    [undefined, 0],
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 1],
  ])("is one step of a sequence, whose runs are one step: step %s leaves %i alerts", async (step, left) => {
    const entries: ExceptionEntry[] = [{ type: "wildcard", field: "process.command_line", value: "*", ...field }];
    await save({ ruleIds: ["twice"], step, entries });
    await take(...workflow(agent), ...workflow(agent, 1), ...workflow(agent, 2));
    expect((await alerts()).filter((one) => one.startsWith("twice"))).toHaveLength(left);
  });
});
