import { afterEach, beforeEach, expect, it } from "vitest";
import { type QueuePage, type QueueQuery, queueQuery, queueSort } from "#contracts/queue";
import { alertDocument } from "../../../server/alert/document.ts";
import { compileCondition } from "../../../server/condition/evaluate.ts";
import { and, equals, not, or, wildcard } from "../../../server/condition/tree.ts";
import { BadRequestError } from "../../../server/lib/bad-request-error.ts";
import type { Store } from "../../../server/store/port.ts";
import { alert } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";
import { append, event, put } from "./fixtures.ts";

describeStores("the alert queue", (open) => {
  let test: TestStore;
  let store: Store;
  beforeEach(async () => {
    test = await open();
    store = test.store;
  });
  afterEach(() => test.dispose());

  const queue = (query: Partial<QueueQuery> = {}) => store.alerts.queue({ ...queueQuery.parse({}), ...query });

  it("reports why it is empty", async () => {
    expect((await queue()).emptyReason).toBe("No events have been ingested yet.");
    await append(store, event("a", T0));
    expect((await queue()).emptyReason).toBe("No rule has matched anything that was ingested.");
    await put(store, alert({ id: "a", status: "closed" }), alert({ id: "b", buildingBlock: true }));
    expect((await queue()).emptyReason).toBe(
      "No alert matches: 1 is hidden by the status filter; 1 of building-block rules is left out of the queue.",
    );
    expect((await queue({ host: ["nowhere"] })).emptyReason).toBe(
      "No alert matches: 1 is hidden by several filters together.",
    );
  });

  it("groups by lineage root, the highest risk first, with exact counts across filters", async () => {
    const rule = { id: "rule-2", name: "Rule two", version: "1", language: "kql" as const };
    await put(
      store,
      alert({ id: "a", rootKey: "r1", processKey: "p1", time: T0, commandTemplate: "s", severity: "medium" }),
      alert({ id: "b", rootKey: "r1", processKey: "p2", time: T0 + 1, rule, user: { name: "Bob" }, userKey: "bob" }),
      alert({
        id: "c",
        rootKey: "r2",
        processKey: "p3",
        time: T0 + 2,
        severity: "critical",
        commandTemplate: "s",
        host: "host-b",
      }),
      alert({ id: "d", time: T0 + 3, severity: "low" }),
      alert({ id: "e", time: T0 + 4, status: "closed", closeReason: "benign", commandTemplate: "s" }),
      alert({ id: "f", time: T0 + 5, buildingBlock: true }),
    );
    const page = await queue();
    const rowsOf = ({ items }: QueuePage) =>
      items.map((item) => [item.key, item.severity, item.alertCount, item.ruleCount]);
    expect(rowsOf(page)).toEqual([
      ["r1", "high", 2, 2],
      ["r2", "critical", 1, 1],
      ["host:host-a", "low", 1, 1],
    ]);
    expect(rowsOf(await queue({ sort: "severity" }))[0]?.[0]).toBe("r2");
    expect(rowsOf(await queue({ sort: "latest" }))[0]?.[0]).toBe("host:host-a");
    expect(rowsOf(await queue({ sort: "size" }))[0]?.[0]).toBe("r1");
    expect(page).toMatchObject({
      total: 3,
      totalAlerts: 4,
      counts: { open: 4, acknowledged: 0, escalated: 0, closed: 1 },
    });
    expect(page.items[1]?.similar).toEqual({ total: 3, benign: 1 });
    expect(page.items[0]).toMatchObject({ title: "Rule two", users: ["Bob"], hosts: ["host-a"] });
    expect(page.items[0]?.alerts.map((one) => one.id)).toEqual(["b", "a"]);
    expect(page.facets.severity.map((facet) => [facet.value, facet.count])).toEqual([
      ["critical", 1],
      ["high", 1],
      ["medium", 1],
      ["low", 1],
    ]);
    expect(page.facets.rule).toEqual([
      { value: "rule-1", label: "Rule one", count: 3 },
      { value: "rule-2", label: "Rule two", count: 1 },
    ]);
    expect(page.facets.tactic).toEqual([{ value: "Execution", label: "Execution", count: 4 }]);
    expect(page.facets.user).toEqual([{ value: "bob", label: "Bob", count: 1 }]);
    expect(page.histogram.reduce((total, bucket) => total + bucket.count, 0)).toBe(4);
    // A facet ignores its own filter; the other facets apply it.
    const one = await queue({ rule: ["rule-2"] });
    expect(one.facets.rule.map((facet) => facet.count)).toEqual([3, 1]);
    expect(one.facets.host.map((facet) => [facet.value, facet.count])).toEqual([["host-a", 1]]);
    for (const [group, keys] of [
      ["rule", ["rule-1", "rule-2"]],
      ["host", ["host-b", "host-a"]],
      ["user", ["", "bob"]],
      ["none", ["c", "b", "a", "d"]],
    ] as const) {
      expect((await queue({ group })).items.map((item) => item.key)).toEqual(keys);
    }
  });

  it("lists an alert removed from its incident in its own row, until it is restored", async () => {
    const removed = { at: T0, actor: "lena", reason: "unrelated" };
    await put(store, alert({ id: "a", rootKey: "r" }), alert({ id: "b", rootKey: "r", removed }));
    expect((await queue()).items.map(({ key }) => key).sort()).toEqual(["alert:b", "r"]);
    expect(await store.alerts.get("b")).toMatchObject({ removed });
    expect((await store.alerts.find({ incidentKey: "r", limit: 5 })).items.map(({ id }) => id)).toEqual(["a"]);
    expect((await store.alerts.find({ rootKey: "r", limit: 5 })).total).toBe(2);
    expect((await store.alerts.find({ removedFrom: "r", limit: 5 })).items.map(({ id }) => id)).toEqual(["b"]);
    await put(store, alert({ id: "b", rootKey: "r" }));
    expect((await queue()).items.map(({ key, alertCount }) => [key, alertCount])).toEqual([["r", 2]]);
    expect((await store.alerts.find({ removedFrom: "r", limit: 5 })).total).toBe(0);
  });

  it("groups alerts of two hosts if the root of one led to the other", async () => {
    await put(
      store,
      alert({ id: "a", host: "ws", rootKey: "r" }),
      alert({ id: "b", host: "srv", rootKey: "s", originRootKey: "r" }),
    );
    expect((await queue()).items).toMatchObject([{ key: "r", hosts: ["srv", "ws"], alertCount: 2 }]);
    expect(await store.alerts.get("b")).toMatchObject({ rootKey: "s", originRootKey: "r" });
  });

  it("pages without losing or repeating an incident", async () => {
    await put(
      store,
      ...Array.from({ length: 23 }, (_, index) =>
        alert({
          id: `a${index}`,
          rootKey: `r${index}`,
          time: T0 + (index % 4),
          severity: index % 3 === 0 ? "low" : "high",
          commandTemplate: `template ${index}`,
        }),
      ),
    );
    for (const group of ["lineage", "none"] as const) {
      for (const sort of queueSort.options) {
        const keys: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await queue({ group, sort, limit: 5, cursor });
          expect(page.total).toBe(23);
          keys.push(...page.items.map((item) => item.key));
          cursor = page.next;
        } while (cursor !== undefined);
        expect(keys).toEqual((await queue({ group, sort, limit: 100 })).items.map((item) => item.key));
        expect(new Set(keys).size).toBe(23);
      }
    }
  });

  it("ranks by rules, severity, hosts and rarity, folds one shape on many hosts, and opens it again", async () => {
    const rule = (id: string) => ({ id, name: `Rule ${id}`, version: "1", language: "kql" as const });
    const noisy = (index: number) =>
      alert({
        id: `n${index}`,
        rootKey: `noise${index}`,
        host: `host-${index}`,
        commandTemplate: "scan *",
        time: T0 + index,
      });
    await put(
      store,
      ...Array.from({ length: 21 }, (_, index) => noisy(index)),
      ...["one", "two", "three"].map((id, index) =>
        alert({ id, rule: rule(id), rootKey: "chain", host: `srv-${index % 2}`, time: T0 - 1000, severity: "medium" }),
      ),
    );
    const page = await queue();
    expect(page).toMatchObject({ total: 2, totalIncidents: 22, totalAlerts: 24 });
    const [chain, noise] = page.items;
    expect(chain).toMatchObject({
      key: "chain",
      rank: { rules: 3, hosts: 2, alerts: 3, rarity: 1, severity: "medium" },
    });
    expect(noise).toMatchObject({
      alertCount: 21,
      rank: { rules: 1, rarity: 0.2 },
      folded: { incidents: 21, hosts: 21 },
    });
    expect(noise?.folded?.keys).toHaveLength(21);
    const opened = await queue({ shape: noise?.folded?.shape });
    expect(opened).toMatchObject({ total: 21 });
    expect(opened.items.every((item) => item.folded === undefined && item.rank?.rarity === 0.2)).toBe(true);
    // A dismissed alert carries no risk, and one that is gone makes the others rarer.
    await put(store, ...Array.from({ length: 21 }, (_, index) => ({ ...noisy(index), rootKey: "noise0" })));
    const one = (await queue()).items.find(({ key }) => key === "noise0");
    expect(one).toMatchObject({ alertCount: 21, rank: { rarity: 1, hosts: 21 } });
  });

  it("filters by assignee and tag, and says the status of the whole incident", async () => {
    await put(
      store,
      alert({ id: "a", rootKey: "r1", commandTemplate: "a" }),
      alert({ id: "b", rootKey: "r1", status: "closed", closeReason: "benign", commandTemplate: "b" }),
      alert({ id: "c", rootKey: "r2", commandTemplate: "c", status: "acknowledged" }),
    );
    await store.write(({ incidents }) =>
      incidents.put({ id: "i1", alertId: "a", assignee: "lena", tags: ["vpn"], comments: [], changedAt: T0 }),
    );
    const keys = async (query: Partial<QueueQuery>) => (await queue(query)).items.map(({ key }) => key);
    expect(await keys({ assignee: ["lena"] })).toEqual(["r1"]);
    expect(await keys({ assignee: ["sam"] })).toEqual([]);
    expect(await keys({ unassigned: true })).toEqual(["r2"]);
    expect((await keys({ assignee: ["lena"], unassigned: true })).toSorted()).toEqual(["r1", "r2"]);
    expect(await keys({ tag: ["vpn", "other"] })).toEqual(["r1"]);
    const page = await queue();
    expect(page.facets).toMatchObject({
      assignee: [{ value: "lena", label: "lena", count: 1 }],
      tag: [{ value: "vpn", label: "vpn", count: 1 }],
    });
    expect(page.items.find(({ key }) => key === "r1")).toMatchObject({
      status: "open",
      alertCount: 1,
      counts: { open: 1, acknowledged: 0, escalated: 0, closed: 1 },
    });
  });

  it("orders names of any alphabet by bytes, and breaks ties between leading alerts by id", async () => {
    // By UTF-16 units the face, a surrogate pair, would come before the wide tilde.
    const hosts = ["host", "host-e\u0301", "host-\u00e9", "host-\uff5e", "host-\u{1f600}"];
    await put(
      store,
      ...hosts.toReversed().map((host, index) => alert({ id: `alert-${index}`, host, severity: "high", time: T0 })),
      ...["b", "c", "a"].map((id) =>
        alert({
          id,
          host: hosts[0],
          severity: "high",
          time: T0,
          user: { name: id },
          userKey: "user:same",
          commandTemplate: id,
        }),
      ),
    );
    const found: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await queue({ group: "host", limit: 1, cursor });
      found.push(...page.items.map(({ key }) => key));
      if (page.next === undefined) {
        break;
      }
      cursor = page.next;
    }
    expect(found).toEqual(hosts);
    expect((await queue({ group: "user", user: ["user:same"] })).items.map(({ title }) => title)).toEqual(["c"]);
    expect((await store.alerts.figuresByHost()).map(({ key }) => key)).toEqual(hosts);
  });

  it("finds alerts by host and user, whatever the case and the number of values", async () => {
    const alertOn = (id: string, host: string | string[] | undefined, name: string | string[]) =>
      alert({
        id,
        user: undefined,
        fields: { ...(host === undefined ? {} : { "host.name": host }), "user.name": name },
      });
    const all = [
      alertOn("a", "WS-1", "Ann"),
      alertOn("b", ["ws-1", "WS-2"], "bob"),
      alertOn("c", undefined, ["ann", "bob"]),
      alertOn("d", "ws-10", "ann"),
    ];
    await put(store, ...all);
    const conditions = [
      equals("host.name", "ws-1"),
      equals("host.name", ["WS-2", "ws-10"]),
      and(equals("host.name", "ws-1"), equals("user.name", "ANN")),
      or(equals("host.name", "ws-10"), equals("user.name", "bob")),
      wildcard("host.name", "ws-1*"),
      not(equals("host.name", "ws-1")),
    ];
    for (const condition of conditions) {
      const matches = compileCondition(condition);
      const expected = all.filter((one) => matches(alertDocument(one))).map(({ id }) => id);
      const found = await store.alerts.find({ condition, limit: 10 });
      expect(found.items.map(({ id }) => id).sort()).toEqual(expected);
      expect(found.total).toBe(expected.length);
    }
  });

  it.each(["nonsense", "WzFd", ""])("rejects a cursor of another list: %j", async (cursor) => {
    await put(store, alert({ id: "a" }));
    await expect(queue({ cursor })).rejects.toThrow(BadRequestError);
    await expect(store.alerts.find({ limit: 1, cursor })).rejects.toThrow(BadRequestError);
  });

  it("searches words anywhere, literally and case-insensitively", async () => {
    await put(
      store,
      alert({ id: "a", message: "100% of A_B on \\\\share", fields: { "process.command_line": "CMD.exe /c ÄRGER" } }),
      alert({ id: "b", message: "1000 of AxB", user: { name: "alice", domain: "CORP" } }),
    );
    const found = async (text: string) => (await queue({ group: "none", text })).items.map((item) => item.key);
    expect(await found("100%")).toEqual(["a"]);
    expect(await found("a_b")).toEqual(["a"]);
    expect(await found("\\\\SHARE cmd.EXE")).toEqual(["a"]);
    expect(await found("ärger")).toEqual(["a"]);
    expect(await found("corp\\alice")).toEqual(["b"]);
    expect(await found("' OR 1=1 --")).toEqual([]);
  });

  it("finds alerts by what is encoded in their command lines and scripts", async () => {
    const encoded = Buffer.from("IEX (New-Object Net.WebClient)", "utf16le").toString("base64");
    await put(
      store,
      alert({ id: "a", fields: { "process.command_line": `powershell -enc ${encoded}` } }),
      alert({ id: "b", fields: { "powershell.file.script_block_text": "&('new-ob'+'ject') Net.WebClient" } }),
      alert({ id: "c", fields: { "process.command_line": "powershell New-Item" } }),
    );
    const found = async (text: string) =>
      (await queue({ group: "none", text })).items.map((item) => item.key).toSorted();
    expect(await found("iex webclient")).toEqual(["a"]);
    expect(await found("new-object")).toEqual(["a", "b"]);
  });
});
