import { backup, DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertStatus } from "#contracts/alert";
import type { RouteName } from "#contracts/api";
import { unreadable } from "#contracts/page";
import { checkWhole, type WholeCheck } from "../../server/cli/check.ts";
import { parseEqlCondition } from "../../server/detection/languages/eql/eql.ts";
import { toleratingDamage } from "../../server/store/damage.ts";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";
import { type Column, columnsOf, type DamageKind, damage, damageKinds, firstRow } from "../factories/damage.ts";
import { type Call, first, startApi, type TestApi } from "./workbench.ts";

let api: TestApi;
let alertId: string;
let calls: readonly (readonly [RouteName, Call<RouteName>])[];
beforeAll(async () => {
  api = await startApi();
  const { items } = await api.get("queue", { query: { group: "none" } });
  const alert = first(items.flatMap(({ alerts }) => alerts).filter(({ rule }) => rule.version === "322"));
  const id = alert.id;
  alertId = id;
  const key = alert.process.key ?? "";
  const users = await api.get("users");
  const process = await api.get("process", { params: { key } });
  const playbook = await api.get("playbook", { params: { id } });
  const step = first(playbook.steps.filter(({ queries }) => queries.length > 0));
  const item = first(first(playbook.checklists).items);
  await api.get("checklist", { params: { id, item: item.id }, body: { done: true } });
  await api.get("transition", { params: { id }, body: { to: "acknowledged" } });
  const { draft } = await api.get("exceptionDraft", { params: { id } });
  const { token } = await api.get("exceptionDryRun", { body: draft });
  await api.get("saveException", { body: { draft, dryRunToken: token } });
  const batch = await leavingBatch(id);
  calls = [
    ["batches", {}],
    ["batch", { params: { id: batch } }],
    ["batchLeft", { params: { id: batch } }],
    ["previewBatch", { body: { of: [{ kind: "left", batch }], scope: "alerts" } }],
    ["queue", { query: { group: "none" } }],
    ["queue", { query: { group: "lineage" } }],
    ["alert", { params: { id } }],
    ["playbook", { params: { id } }],
    ["stepQuery", { params: { id, query: first(step.queries).id } }],
    ["suggestion", { params: { id, step: step.id } }],
    ["earlierAlerts", { params: { id } }],
    ["incident", { params: { key: first((await api.get("queue")).items).key } }],
    ["process", { params: { key } }],
    ["lineage", { params: { id } }],
    ["children", { params: { key } }],
    ["processEvents", { params: { key } }],
    ["comparison", { params: { key } }],
    ["timeline", { body: { processes: [key] } }],
    ["relatedProcesses", { params: { key } }],
    ["host", { params: { key: process.host } }],
    [
      "session",
      { params: { key: first((await api.get("host", { params: { key: process.host } })).sessions.items).key } },
    ],
    ["coverage", {}],
    ["people", {}],
    ["rawEvent", { params: { id: first(alert.sources).eventId } }],
    ["hosts", {}],
    ["users", {}],
    ["user", { params: { key: first(users.items).key } }],
    ["audit", {}],
    ["ingests", {}],
    ["exceptions", {}],
    ["rules", {}],
    ["rule", { params: { id: alert.rule.id } }],
    ["proposals", {}],
    ["event", { params: { id: first(alert.sources).eventId } }],
    ["hunt", { body: { language: "eql", query: 'process where process.name : "*"' } }],
  ];
});
afterAll(() => api.stop());

/** A batch that has changed an alert, and left one that was acknowledged already. */
async function leavingBatch(acknowledged: string): Promise<string> {
  const { items } = await api.get("queue", { query: { group: "none" } });
  const other = first(items.flatMap(({ alerts }) => alerts).filter((alert) => alert.id !== acknowledged));
  const of = [{ kind: "alerts" as const, ids: [acknowledged, other.id] }];
  const body = { action: { kind: "acknowledge" as const, note: "" }, of, scope: "alerts" as const };
  const { id } = await api.get("startBatch", { body });
  while ((await api.get("batch", { params: { id } })).state !== "done") {
    await setTimeout(20);
  }
  return id;
}

const isBody = ({ name }: Column) => /^(body|value|events|originals|tactics)$/.test(name);

/** Calls that run a search of their own. */
const slow: ReadonlySet<RouteName> = new Set([
  ...(["stepQuery", "suggestion", "comparison", "relatedProcesses", "hunt", "previewBatch"] as const),
]);
const everyStatus = alertStatus.options;

/** Half of an identifier is another identifier, and no damage that a reader could notice. */
function kindsFor(column: Column, index: number): readonly DamageKind[] {
  return isBody(column) ? damageKinds : index % 2 === 0 ? ["absent"] : ["another type"];
}

describe("a damaged value", () => {
  it("is refused by name or left out and said, never an internal error, whatever column has it", async () => {
    const wrong: string[] = [];
    for (const [index, column] of columnsOf(api.config.store).entries()) {
      for (const kind of kindsFor(column, index)) {
        const repair = damage(api.config.store, column, kind);
        const asked = isBody(column) ? calls : calls.filter(([name]) => !slow.has(name));
        const answers = await Promise.all(
          asked.map(async ([name, call]) => [name, await api.send(name, call)] as const),
        );
        repair();
        for (const [name, { status, body }] of answers) {
          if (status >= 500 && body.code !== "store.damaged") {
            wrong.push(`${column.table}.${column.name} ${kind}: ${name} ${status} ${body.code} ${body.detail}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  }, 900_000);

  it("leaves the rest of a list, which says how much it lacks and what to do", async () => {
    const repair = damage(api.config.store, { table: "alert_bodies", name: "body" }, "cut", `id = '${alertId}'`);
    const queue = await api.get("queue", { query: { group: "none", buildingBlocks: true, status: everyStatus } });
    repair();
    expect(queue.unreadable).toMatchObject({
      count: 1,
      problems: [{ code: "store.damaged", message: expect.stringContaining(`the alert "${alertId}" is damaged`) }],
    });
    expect(queue.unreadable?.problems[0]?.remedy).toContain("stemma check");
    const listed = queue.items.flatMap(({ alerts }) => alerts);
    expect(listed.length).toBe(queue.totalAlerts - 1);
    const again = await api.get("queue", { query: { group: "none", buildingBlocks: true, status: everyStatus } });
    expect(again.unreadable).toBeUndefined();
  });

  it("of a process refuses the lists about it by name", async () => {
    const key = (await api.get("alert", { params: { id: alertId } })).process.key ?? "";
    const repair = damage(api.config.store, { table: "processes", name: "body" }, "cut");
    const answers = [
      await api.send("children", { params: { key } }),
      await api.send("processEvents", { params: { key } }),
      await api.send("relatedProcesses", { params: { key } }),
    ];
    repair();
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(answers.map(() => [503, "store.damaged"]));
  });

  it("in an ingest does not keep the workbench from opening", async () => {
    const repair = damage(api.config.store, { table: "ingests", name: "body" }, "cut");
    const me = await api.send("me");
    repair();
    expect(me.status).toBe(200);
  });

  it("in a segment of events takes only its events out of a search, and the search says so", async () => {
    const search = { body: { language: "eql", query: 'any where host.name != "x"' } } as const;
    const { total } = await api.get("hunt", search);
    const repair = damage(api.config.store, { table: "segments", name: "events" }, "cut", "id = 1");
    // Segments are remembered once they were read.
    const fresh = await openSqliteStore(api.config.store, { readOnly: true });
    if (!fresh.ok) {
      throw new Error(fresh.error.message);
    }
    const condition = parseEqlCondition('host.name != "x"');
    if (!condition.ok) {
      throw new Error(condition.error.message);
    }
    const query = { condition: condition.value, limit: 5, order: "newest-first" } as const;
    const { value, damage: found } = await toleratingDamage(() => fresh.value.events.find(query));
    await expect(fresh.value.events.find(query)).rejects.toMatchObject({ problem: { code: "store.damaged" } });
    await fresh.value.close();
    repair();
    expect(value.total).toBeGreaterThan(0);
    expect(value.total + (found?.count ?? 0)).toBe(total);
    expect(found?.problems).toHaveLength(1);
  });

  it("is found by the check, in every table that has bodies", async () => {
    const missed: string[] = [];
    // The columns of subjects are parts of alerts, and the alerts decide.
    const columns = columnsOf(api.config.store).filter((one) => isBody(one) && one.table !== "alert_subjects");
    for (const column of columns) {
      const repair = damage(api.config.store, column, "cut");
      const { findings } = await check();
      repair();
      if (findings.length === 0) {
        missed.push(`${column.table}.${column.name}`);
      }
    }
    expect(missed).toEqual([]);
    expect((await check()).findings).toEqual([]);
  }, 300_000);
});

/** One row of each of these tables is damaged, in the column that is not a part of its name. */
const damagedRows = {
  alert_bodies: { what: "alert", column: "body", name: "id" },
  users: { what: "account", column: "body", name: "key" },
  account_ties: { what: "account tie", column: "sid", name: "user_key" },
  host_evidence: { what: "evidence about a host", column: "body", name: "name" },
  host_names: { what: "name of a host", column: "host", name: "name" },
  exceptions: { what: "exception", column: "body", name: "id" },
  ingests: { what: "ingest", column: "body", name: "id" },
} as const;
type DamagedTable = keyof typeof damagedRows;

/** Of the audit trail, its chain says what it lacks. */
const lists: readonly { readonly list: RouteName; readonly lacks: readonly DamagedTable[] }[] = [
  { list: "queue", lacks: ["alert_bodies", "users", "account_ties", "host_evidence", "host_names"] },
  { list: "hosts", lacks: ["host_evidence", "host_names"] },
  { list: "users", lacks: ["users", "account_ties", "host_evidence", "host_names"] },
  { list: "exceptions", lacks: ["exceptions"] },
  { list: "ingests", lacks: ["ingests"] },
];

/** On a server of its own, which has not kept any sound list in memory. */
describe("a list", () => {
  let fresh: TestApi;
  const damaged = new Map<DamagedTable, string>();
  const repairs: (() => void)[] = [];
  beforeAll(async () => {
    const store = `${api.config.store}.copy`;
    const database = new DatabaseSync(api.config.store, { readOnly: true });
    await backup(database, store);
    database.close();
    fresh = await startApi({ STEMMA_STORE: store });
    for (const [table, { what, column, name }] of Object.entries(damagedRows)) {
      const { row, where } = firstRow(store, table);
      damaged.set(table as DamagedTable, `the ${what} ${JSON.stringify(row[name])} is damaged in the store`);
      repairs.push(damage(store, { table, name: column }, column === "body" ? "cut" : "another type", where));
    }
  });
  afterAll(async () => {
    await fresh.stop();
    for (const repair of repairs) {
      repair();
    }
  });

  it.each(lists)("of $list says each time which damaged rows it lacks, and each once: $lacks", async (one) => {
    const { list, lacks } = one;
    const call =
      list === "queue" ? ({ query: { group: "none", status: everyStatus, buildingBlocks: true } } as const) : {};
    for (const { status, body } of [await fresh.send(list, call), await fresh.send(list, call)]) {
      const { count, problems } = unreadable.parse(body.unreadable);
      expect({ status, count }).toEqual({ status: 200, count: lacks.length });
      const said = problems.map(({ message }) => message.replace(/: .*/, ""));
      expect(said.toSorted()).toEqual(lacks.map((table) => damaged.get(table)).toSorted());
    }
  });
});

async function check(): Promise<WholeCheck> {
  const opened = await openSqliteStore(api.config.store, { readOnly: true });
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  try {
    return await checkWhole(opened.value, {
      onProgress: () => undefined,
      signal: new AbortController().signal,
      noted: [],
    });
  } finally {
    await opened.value.close();
  }
}
