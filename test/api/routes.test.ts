import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Route, type RouteName, routes } from "#contracts/api";
import { draftOfException } from "#contracts/exception";
import type { ProcessNode } from "#contracts/lineage";
import { problemDetails } from "#contracts/problem";
import { applyEvents } from "../../server/lineage/apply-events.ts";
import type { Store } from "../../server/store/port.ts";
import { opaqueId, securityStart, sysmonStart, T0 } from "../factories/events.ts";
import { smallPlaybook } from "../factories/playbooks.ts";
import { peopleExamples } from "./people-examples.ts";
import { type Call, first, pathOf, startApi, type TestApi } from "./workbench.ts";

const names = Object.keys(routes) as RouteName[];
const changing = names.filter((name) => routes[name].changes);
const posting = names.filter((name) => routes[name].method !== "get");

let api: TestApi;
/** A call of every route that succeeds on the sample. Made for each call, because calls change the store. */
let examples: { readonly [N in RouteName]: () => Call<N> | Promise<Call<N>> };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-rules-"));
  api = await startApi();
  const queue = await api.get("queue", { query: { group: "none" } });
  const alert = first(queue.items.flatMap(({ alerts }) => alerts).filter(({ rule }) => rule.version === "322"));
  const id = alert.id;
  const key = alert.process.key ?? "";
  const playbook = await api.get("playbook", { params: { id } });
  const step = first(playbook.steps.filter(({ queries }) => queries.length > 0));
  const item = first(first(playbook.checklists).items);
  const event = first(alert.sources).eventId;
  const process = await api.get("process", { params: { key } });
  const users = await api.get("users");
  const { draft } = await api.get("exceptionDraft", { params: { id } });
  let views = 0;
  const newView = (): Call<"saveView"> => {
    views += 1;
    return { body: { page: "hunt", name: `view ${views}`, address: "query=any" } };
  };
  let deliveries = 0;
  const failedDelivery = async () => {
    deliveries += 1;
    const id = `delivery-${deliveries}`;
    await api.workbench.store.write((to) =>
      to.deliveries.put({
        ...{ id, incidentKey: alert.incidentKey, at: 1, actor: "lena", note: "", alerts: 1, state: "failed" },
        ...{ attempts: 10, nextAt: 1, files: [] },
      }),
    );
    return id;
  };
  let lists = 0;
  const newList = (): Call<"createValueList"> => {
    lists += 1;
    return { body: { name: `list ${lists}`, type: "keyword", values: ["a"] } };
  };
  const valueList = async () => (await api.get("createValueList", newList())).list.id;
  const savedView = async () => (await api.get("saveView", newView())).id;
  let drafts = 0;
  const save = async (): Promise<Call<"saveException">> => {
    drafts += 1;
    const next = { ...draft, name: `${draft.name} ${drafts}` };
    return { body: { draft: next, dryRunToken: (await api.get("exceptionDryRun", { body: next })).token } };
  };
  /** An exception that somebody else asked to have enforced. */
  const waiting = async () => {
    const { exception } = await api.get("saveException", await save());
    const approval = {
      wants: "enforced" as const,
      reasons: ["It is broad."],
      requestedBy: "otto",
      requestedAt: exception.createdAt,
    };
    await api.workbench.store.write(({ exceptions }) => exceptions.put({ ...exception, mode: "shadow", approval }));
    return { id: exception.id, draft: { ...draftOfException.parse(exception), mode: "enforced" as const } };
  };
  const stopped = async () => {
    const { exception } = await api.get("saveException", await save());
    return api.get("disableException", { params: { id: exception.id }, body: { reason: "not needed" } });
  };
  const ambiguous = await ambiguousProcess(api.workbench.store);
  const rule = await api.get("rule", { params: { id: alert.rule.id } });
  const version = first(rule.versions);
  let saves = 0;
  let lastRun: string | undefined;
  /** Only a few runs can be in progress at once. */
  const idle = async () => {
    for (;;) {
      const run = lastRun === undefined ? undefined : await api.get("ruleRun", { params: { id: lastRun } });
      if (run?.state !== "running") {
        return;
      }
    }
  };
  const startedRun = async () => {
    await idle();
    lastRun = (await api.get("startRuleRun", { body: { what: { kind: "all" } } })).id;
    return lastRun;
  };
  /** Work that waits because its person has more to do than may run at once. */
  const waitingWork = async (): Promise<string> => {
    for (;;) {
      const searches = Array.from({ length: 8 }, () =>
        api.send("hunt", { body: { language: "eql", query: "any where true or process.pid == 1" } }).then(() => true),
      );
      const { items } = await api.get("work");
      const waiting = items.findLast(({ state }) => state === "waiting");
      if (waiting !== undefined) {
        return waiting.id;
      }
      await Promise.all(searches);
    }
  };
  /** Earlier tests may have closed the alert. */
  const reopen = async () => {
    if ((await api.get("alert", { params: { id } })).status === "closed") {
      await api.get("transition", { params: { id }, body: { to: "open" } });
    }
  };
  /** The incident of the alert: other tests move alerts to other incidents. */
  const incident = async () => (await api.get("alert", { params: { id } })).incidentKey;
  const large = async () => {
    const own = await incident();
    const { items } = await api.get("queue", { query: { status: [] } });
    return first(items.filter(({ key, alertCount }) => alertCount > 1 && key !== own)).key;
  };
  const proposal = { value: "raises", rationale: "odd" } as const;
  const proposed = async () => {
    await reopen();
    return api.get("proposeAnswer", { params: { id, step: step.id }, body: proposal });
  };
  let ticked = false;
  let counter = 0;
  examples = {
    me: () => ({}),
    queue: () => ({ query: { group: "host", status: ["open", "closed"], severity: ["high", "medium"], limit: 10 } }),
    alert: () => ({ params: { id } }),
    transition: async () => {
      const { status } = await api.get("alert", { params: { id } });
      return { params: { id }, body: { to: status === "open" ? "acknowledged" : "open" } };
    },
    incident: async () => ({ params: { key: await incident() }, query: { limit: 5 } }),
    incidentQuestions: async () => ({ params: { key: await incident() } }),
    incidentBundle: async () => ({ params: { key: await incident() } }),
    incidentAnswer: async () => {
      await reopen();
      const key = await incident();
      const { questions } = await api.get("incidentQuestions", { params: { key } });
      const question = first(questions);
      return {
        params: { key, question: question.id },
        body: { value: "unresolved", note: "asked", processes: [first(question.processes).key] },
      };
    },
    incidentTransition: async () => {
      const key = await incident();
      const { status } = await api.get("incident", { params: { key } });
      return { params: { key }, body: { to: status === "open" ? "acknowledged" : "open" } };
    },
    incidentAssignee: async () => {
      const key = await incident();
      const { work } = await api.get("incident", { params: { key } });
      return {
        params: { key },
        body: work.assignee === undefined ? { assignee: (await api.get("assignees")).names[0] } : {},
      };
    },
    incidentTags: async () => {
      counter += 1;
      return { params: { key: await incident() }, body: { tags: ["vpn", `case ${counter}`] } };
    },
    incidentComment: async () => ({ params: { key: await incident() }, body: { text: "@lena please look" } }),
    splitIncident: async () => {
      const key = await large();
      const { items } = await api.get("incident", { params: { key } });
      return { params: { key }, body: { alerts: [first(items).id], reason: "another job" } };
    },
    mergeIncident: async () => ({
      params: { key: await large() },
      body: { incident: await incident(), reason: "one" },
    }),
    unmergeIncident: async () => {
      const { items } = await api.get("queue", { query: { status: [] } });
      const merged = items.find((item) => item.key.startsWith("merged:"));
      const key =
        merged?.key ??
        (await api.get("mergeIncident", { params: { key: await large() }, body: { incident: await incident() } })).key;
      return { params: { key }, body: { reason: "two after all" } };
    },
    assignees: () => ({}),
    incidentMembership: async () => {
      const { removed } = await api.get("alert", { params: { id } });
      return { params: { id }, body: { removed: removed === undefined, reason: "unrelated" } };
    },
    lineage: () => ({ params: { id } }),
    process: () => ({ params: { key } }),
    chooseParent: async () => ({
      params: { key: ambiguous.key },
      body:
        (await api.get("process", { params: { key: ambiguous.key } })).parent?.chosen === undefined
          ? { parent: ambiguous.parent?.candidates?.[1] }
          : {},
    }),
    processNeighbourhood: () => ({ params: { key } }),
    children: () => ({ params: { key }, query: { limit: 2 } }),
    timeline: () => ({ body: { processes: [key], alerts: [id], limit: 5 } }),
    comparison: () => ({ params: { key }, query: { days: 7 } }),
    relatedProcesses: () => ({ params: { key }, query: { limit: 5 } }),
    processEvents: () => ({ params: { key }, query: { limit: 5 } }),
    playbook: () => ({ params: { id } }),
    choosePlaybook: () => ({ params: { id }, body: { playbook: playbook.id } }),
    playbookDetail: () => ({ params: { playbook: playbook.id } }),
    playbookStatistics: () => ({ params: { playbook: playbook.id }, query: { period: "30d" } }),
    playbookFile: () => ({ params: { playbook: playbook.id } }),
    playbookFolders: () => ({}),
    playbookVersion: async () => {
      saves += 1;
      const body = { text: smallPlaybook(`saved-${saves}`), name: `saved${saves}.md`, folder: api.playbooks };
      await api.get("savePlaybook", { body: { ...body, note: "ours", replace: false } });
      const params = { playbook: `saved-${saves}` };
      const { versions } = await api.get("playbookFile", { params });
      return { params: { ...params, version: String(first(versions).sequence) } };
    },
    checkPlaybook: () => ({ body: { text: "## Steps", name: "a.md" } }),
    savePlaybook: () => {
      saves += 1;
      const body = { text: smallPlaybook(`saved-${saves}`), name: `saved${saves}.md`, folder: api.playbooks };
      return { body: { ...body, note: "ours" } };
    },
    playbookPreview: () => ({ params: { playbook: "generic", id } }),
    stepQuery: () => ({ params: { id, query: first(step.queries).id }, query: { anchor: "detection", limit: 5 } }),
    suggestion: () => ({ params: { id, step: step.id } }),
    earlierAlerts: () => ({ params: { id } }),
    answer: () => ({ params: { id, step: step.id }, body: { value: "unresolved", note: "asked the owner" } }),
    attachedText: async () => {
      await reopen();
      const body = { value: "unresolved" as const, attachments: [{ title: "netstat", text: "no connections" }] };
      const { steps } = await api.get("answer", { params: { id, step: step.id }, body });
      const attached = steps.flatMap(({ answer }) => answer?.attachments ?? []);
      return { params: { hash: first(attached).sha256 } };
    },
    checklist: () => {
      ticked = !ticked;
      return { params: { id, item: item.id }, body: { done: ticked } };
    },
    proposals: () => ({ query: { alert: id, state: "open", limit: 5 } }),
    proposal: async () => ({ params: { id: (await proposed()).id } }),
    proposeAnswer: async () => {
      await reopen();
      return { params: { id, step: step.id }, body: proposal };
    },
    proposeException: async () => {
      await reopen();
      return { params: { id }, body: { draft, rationale: "known workflow" } };
    },
    takeProposal: async () => ({ params: { id: (await proposed()).id }, body: { note: "checked" } }),
    dismissProposal: async () => ({ params: { id: (await proposed()).id }, body: { note: "not so" } }),
    withdrawProposal: async () => ({ params: { id: (await proposed()).id } }),
    exceptionDraft: () => ({ params: { id } }),
    exceptions: () => ({ query: { limit: 2 } }),
    exception: async () => ({ params: { id: (await api.get("saveException", await save())).exception.id } }),
    draftException: () => ({ body: { alertIds: [id] } }),
    counterExamples: () => ({ body: { draft } }),
    synthesis: () => ({ body: { benign: [id], malicious: [] } }),
    exceptionDryRun: () => ({ body: draft }),
    exportExceptions: async () => ({
      body: { format: "eql", ids: [(await api.get("saveException", await save())).exception.id] },
    }),
    importExceptions: async () => {
      const { exception } = await api.get("saveException", await save());
      const { text } = await api.get("exportExceptions", { body: { format: "elastic", ids: [exception.id] } });
      return { body: { format: "elastic", file: "e.ndjson", text, ruleIds: [alert.rule.id], dryRun: false } };
    },
    exceptionTuning: async () => ({
      params: { id: (await api.get("saveException", await save())).exception.id },
    }),
    saveException: save,
    approveException: async () => {
      const { id, draft } = await waiting();
      const { token } = await api.get("exceptionDryRun", { body: draft });
      return { params: { id }, body: { dryRunToken: token, reason: "checked with the owners" } };
    },
    rejectException: async () => ({ params: { id: (await waiting()).id }, body: { reason: "too many hosts" } }),
    disableException: async () => {
      const saved = await api.get("saveException", await save());
      return { params: { id: saved.exception.id }, body: { reason: "no longer needed" } };
    },
    enableException: async () => {
      const { id: exception } = await stopped();
      return { params: { id: exception }, body: { reason: "needed again" } };
    },
    deleteException: async () => ({ params: { id: (await stopped()).id }, body: { reason: "done" } }),
    exceptionVersions: async () => ({ params: { id: (await stopped()).id } }),
    exceptionHealth: async () => ({ params: { id: (await stopped()).id } }),
    hiddenHits: async () => ({ params: { id: (await stopped()).id } }),
    giveBack: async () => ({
      params: { id: (await stopped()).id },
      body: { hits: "all", reopen: true, reason: "it hid too much" },
    }),
    hosts: () => ({}),
    host: () => ({ params: { key: alert.host } }),
    users: () => ({}),
    user: () => ({ params: { key: first(users.items).key } }),
    session: () => ({ params: { key: process.sessionKey ?? "" } }),
    rules: () => ({ query: { language: ["eql"], state: ["runs"], sort: "alerts", limit: 3 } }),
    ruleNames: () => ({}),
    fieldNames: () => ({}),
    rule: () => ({ params: { id: alert.rule.id } }),
    ruleSources: () => ({ params: { id: alert.rule.id } }),
    ruleComparison: () => ({
      query: { leftRule: rule.id, left: version.hash, rightRule: rule.id, right: version.hash },
    }),
    ruleReport: () => ({}),
    ruleFolders: () => ({}),
    ruleFileIssues: () => ({ query: { limit: 3 } }),
    setRuleEnabled: () => ({ params: { id: alert.rule.id }, body: { enabled: true, note: "again" } }),
    reloadRules: () => ({}),
    addRuleFolder: async () => {
      await api.send("removeRuleFolder", { body: { path: folder, note: "ours" } });
      return { body: { path: folder, note: "ours" } };
    },
    removeRuleFolder: async () => {
      await api.send("addRuleFolder", { body: { path: folder, note: "ours" } });
      return { body: { path: folder, note: "ours" } };
    },
    checkRule: () => ({ body: { language: "eql", text: "process where true", severity: "low" } }),
    saveRule: async () => {
      await api.send("addRuleFolder", { body: { path: folder, note: "ours" } });
      saves += 1;
      const written = { language: "kql", text: "process.name: odd.exe", id: `saved-${saves}`, name: "Odd" } as const;
      return { body: { draft: written, folder, name: `odd${saves}.toml`, note: "seen" } };
    },
    startRuleRun: async () => {
      await idle();
      return { body: { what: { kind: "all" } } };
    },
    ruleRun: async () => ({ params: { id: await startedRun() } }),
    stopRuleRun: async () => ({ params: { id: await startedRun() } }),
    playbooks: () => ({}),
    event: () => ({ params: { id: event } }),
    rawEvent: () => ({ params: { id: event } }),
    find: () => ({ query: { q: "cmd" } }),
    batches: () => ({}),
    // What a batch does goes on after the answer: these have nothing to do.
    startBatch: () => ({
      body: { action: { kind: "acknowledge" }, of: [{ kind: "alerts", ids: ["none"] }], scope: "alerts" },
    }),
    previewBatch: () => ({ body: { of: [{ kind: "filter", filter: {} }] } }),
    batch: async () => ({ params: { id: await storedBatch(api.workbench.store, "done") } }),
    batchLeft: async () => ({ params: { id: await storedBatch(api.workbench.store, "done") } }),
    cancelBatch: async () => ({ params: { id: await storedBatch(api.workbench.store, "running") } }),
    resumeBatch: async () => ({ params: { id: await storedBatch(api.workbench.store, "interrupted") } }),
    undoBatch: async () => ({ params: { id: await storedBatch(api.workbench.store, "done") } }),
    savedViews: () => ({ query: { page: "hunt" } }),
    saveView: () => newView(),
    valueLists: () => ({}),
    fieldValues: () => ({ query: { field: "user.name" } }),
    valueList: async () => ({ params: { id: await valueList() } }),
    createValueList: () => newList(),
    changeValueList: async () => ({ params: { id: await valueList() }, body: { add: ["b"] } }),
    deleteValueList: async () => ({ params: { id: await valueList() }, body: {} }),
    changeSavedView: async () => ({ params: { id: await savedView() }, body: { name: `renamed ${views}` } }),
    deleteSavedView: async () => ({ params: { id: await savedView() } }),
    decode: () => ({ body: { text: "powershell -enc dwBoAG8AYQBtAGkA" } }),
    huntExport: () => ({ body: { language: "eql", query: "process where true", format: "csv" } }),
    hunt: () => ({ body: { language: "eql", query: 'process where process.name == "cmd.exe"' } }),
    audit: () => ({ query: { kind: "alert", limit: 5 } }),
    ingests: () => ({}),
    deliveries: () => ({ query: { state: "failed" } }),
    sendDeliveryAgain: async () => ({ params: { id: await failedDelivery() } }),
    shiftReport: () => ({ query: { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z", people: true } }),
    work: () => ({}),
    cancelWork: async () => ({ params: { id: await waitingWork() } }),
    ...peopleExamples(api),
    coverage: () => ({ query: { limit: 2 } }),
  };
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

/** A process with two candidate parents; the sample has none. */
async function ambiguousProcess(store: Store): Promise<ProcessNode> {
  const start = { pid: 10, host: "host-a" };
  const child = securityStart({ pid: 20, host: "host-a", time: T0 + 21_000, creatorPid: 10, parentImage: "cmd.exe" });
  const events = [
    sysmonStart({ ...start, guid: opaqueId(1), time: T0 }),
    sysmonStart({ ...start, guid: opaqueId(2), time: T0 + 20_000 }),
    child,
  ];
  await store.write(({ lineage }) => applyEvents(lineage, events));
  const node = await store.lineage.processOf(child);
  expect(node?.parent?.candidates).toHaveLength(2);
  return first(node === undefined ? [] : [node]);
}

/** A path of the route with ids that do not exist. */
const somePath = (name: RouteName) => pathOf(routes[name].path, {});

describe("every route of the table", () => {
  it.each(names)("%s returns a response that fits its schema", async (name) => {
    const response = await api.send(name, await examples[name]());
    expect({ status: response.status, detail: response.body.detail }).toEqual({ status: 200, detail: undefined });
    const route: Route = routes[name];
    const content = route.file === undefined ? response.body : response.text;
    expect(route.response.safeParse(content)).toMatchObject({ success: true });
    expect(response.headers["cache-control"]).toBe("no-store");
  });

  it.each(names.filter((name) => routes[name].access !== "public"))("%s requires signing in", async (name) => {
    const send = request(api.workbench.url)[routes[name].method](somePath(name));
    const response = await send.set("Origin", api.workbench.url);
    expect(response.status).toBe(401);
    expect(response.type).toBe("application/problem+json");
    expect(problemDetails.parse(response.body)).toMatchObject({
      status: 401,
      title: "Sign-in required",
      code: "sign-in.required",
    });
  });

  it.each(posting)("%s is refused from another origin and without an origin", async (name) => {
    const send = () =>
      request(api.workbench.url)[routes[name].method](somePath(name)).set("Cookie", api.cookie).send({});
    expect((await send().set("Origin", "http://evil.example")).status).toBe(403);
    expect((await send().set("Origin", "null")).status).toBe(403);
    expect((await send().set("Sec-Fetch-Site", "same-site").set("Origin", api.workbench.url)).status).toBe(403);
    expect((await send()).status).toBe(403);
  });

  it.each(posting)("%s refuses a body with an unknown field by its name", async (name) => {
    const call = await examples[name]();
    const response = await api.send(name, { ...call, body: { ...call.body, surprise: true } as never });
    expect(response.status).toBe(400);
    expect(problemDetails.parse(response.body).errors?.map(({ field }) => field)).toContain("surprise");
  });

  it.each(names.filter((name) => routes[name].path.includes(":")))(
    "%s returns 404 for what does not exist",
    async (name) => {
      const call = await examples[name]();
      const params = Object.fromEntries(Object.keys(call.params ?? {}).map((key) => [key, "__proto__"]));
      const response = await api.send(name, { ...call, params });
      expect(response.status).toBe(404);
      expect(response.type).toBe("application/problem+json");
    },
  );

  it.each(changing)("%s leaves an audit record with its actor", async (name) => {
    const call = await examples[name]();
    const before = (await api.get("audit")).total;
    await api.get(name, call);
    const after = await api.get("audit", { query: { limit: 10 } });
    expect(after.total).toBeGreaterThan(before);
    expect(first(after.items)).toMatchObject({
      actor: call.actor ?? "lena",
      origin: { account: expect.stringMatching(/^[0-9a-f-]{36}$/), address: "127.0.0.1" },
    });
    expect(after.chain).toMatchObject({ intact: true, checked: after.total });
  });

  it("is in the OpenAPI document", async () => {
    const response = await request(api.workbench.url).get("/api/v1/openapi.json").set("Cookie", api.cookie);
    const operations = Object.values(response.body.paths as Record<string, Record<string, { operationId: string }>>)
      .flatMap((path) => Object.values(path))
      .map(({ operationId }) => operationId);
    // And the stream of changes, which is not in the table.
    expect(operations.toSorted()).toEqual([...names, "changes"].toSorted());
  });
});

describe("query strings", () => {
  it("name the invalid parameter", async () => {
    for (const [query, field] of [
      ["limit=many", "limit"],
      ["limit=0", "limit"],
      ["status=lost", "status.0"],
      ["severety=high", "severety"],
    ]) {
      const response = await request(api.workbench.url).get(`/api/v1/queue?${query}`).set("Cookie", api.cookie);
      expect(response.status).toBe(400);
      expect(problemDetails.parse(response.body).errors?.map((error) => error.field)).toEqual([field]);
    }
  });

  it("accept one value or several for a list, and words for booleans", async () => {
    const one = await request(api.workbench.url)
      .get("/api/v1/queue?severity=high&buildingBlocks=true&group=none")
      .set("Cookie", api.cookie);
    expect(one.status).toBe(200);
    const alerts = (one.body.items as { alerts: { severity: string }[] }[]).flatMap((item) => item.alerts);
    expect(new Set(alerts.map(({ severity }) => severity))).toEqual(new Set(["high"]));
  });
});

/** A batch that no server works on. */
async function storedBatch(store: Store, state: "running" | "interrupted" | "done"): Promise<string> {
  const id = `batch-${crypto.randomUUID()}`;
  const [startedAt, nothing] = [new Date().toISOString(), { incidents: 0, alerts: 0 }];
  await store.write(({ batches }) =>
    batches.put({
      ...{ id, state, actor: "lena", startedAt, changedAt: startedAt, runner: "none", parts: 0, next: 0 },
      ...{
        action: { kind: "acknowledge", note: "" },
        of: { of: [{ kind: "alerts", ids: ["none"] }], scope: "alerts" },
      },
      ...{ done: nothing, changed: { incidents: 1, alerts: 1 }, left: [] },
    }),
  );
  return id;
}
