import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Route, type RouteName, routes } from "#contracts/api";
import { problemDetails } from "#contracts/problem";
import { applyEvents } from "../../server/lineage/apply-events.ts";
import { opaqueId, securityStart, sysmonStart, T0 } from "../factories/events.ts";
import { smallPlaybook } from "../factories/playbooks.ts";
import { type Call, first, startApi, type TestApi } from "./workbench.ts";

const names = Object.keys(routes) as RouteName[];
const editing = names.filter((name) => {
  const route: Route = routes[name];
  return route.changes && route.edits !== undefined;
});

/** Why a change takes no `If-Match`: it overwrites nothing that somebody else wrote. */
const unconditional: Readonly<Partial<Record<RouteName, string>>> = {
  importExceptions: "adds new ones",
  saveException: "adds one; its dry run proves what was seen",
  approveException: "is decided once; a second decision is refused",
  rejectException: "is decided once; a second decision is refused",
  giveBack: "raises and reopens only what nobody has yet; what changed meanwhile is left",
  reloadRules: "reads what is there",
  signInWithPassword: "of oneself",
  signInWithPasskey: "of oneself",
  signOut: "of oneself",
  addPasskey: "adds one, to oneself",
  removePasskey: "ends what can only end",
  setPassword: "of oneself; needs the current password",
  endOwnSession: "ends what can only end",
  addPerson: "adds one",
  invitePerson: "adds a link; the former one ends",
  endSession: "ends what can only end",
  addServiceToken: "adds one",
  revokeServiceToken: "ends what can only end",
  incidentComment: "adds a comment",
  sendDeliveryAgain: "tries again what has failed; anything else is refused",
  startBatch: "adds one; it leaves what others change meanwhile",
  cancelBatch: "ends what can only end",
  resumeBatch: "goes on with what was asked for",
  undoBatch: "restores only what nobody has changed since",
  saveView: "adds a view; a name that is taken is refused",
  createValueList: "adds a list; a name that is taken is refused",
  changeValueList: "adds and removes single values; what others changed meanwhile stays",
  deleteValueList: "ends what can only end, if nobody uses it",
  changeSavedView: "belongs to one person",
  deleteSavedView: "ends what can only end",
  mergeIncident: "adds alerts to the incident",
  unmergeIncident: "separates what is merged once",
  proposeAnswer: "replaces only the open proposal of the same proposer",
  proposeException: "replaces only the open proposal of the same proposer",
  takeProposal: "a proposal is decided once; a second decision is refused",
  dismissProposal: "a proposal is decided once; a second decision is refused",
  withdrawProposal: "a proposal is decided once; a second decision is refused",
};

type Edit = {
  /** The read that shows what is edited. */
  readonly read: readonly [RouteName, Call<RouteName>];
  /** Two different changes, one after the other. */
  readonly changes: readonly [Call<RouteName>, Call<RouteName>];
};

let api: TestApi;
let folder: string;
let edits: Readonly<Partial<Record<RouteName, Edit>>>;
let alertId: string;
let steps: readonly string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-conditional-"));
  api = await startApi({ STEMMA_RULE_ROOTS: tmpdir() });
  const queue = await api.get("queue", { query: { group: "none" } });
  const alert = first(queue.items.flatMap(({ alerts }) => alerts).filter(({ rule }) => rule.version === "322"));
  alertId = alert.id;
  const params = { id: alertId };
  const playbook = await api.get("playbook", { params });
  steps = playbook.steps.map(({ id }) => id);
  const item = first(first(playbook.checklists).items).id;
  const child = securityStart({ pid: 20, host: "host-a", time: T0 + 21_000, creatorPid: 10, parentImage: "cmd.exe" });
  const starts = [1, 2].map((number) =>
    sysmonStart({ pid: 10, host: "host-a", guid: opaqueId(number), time: T0 + (number - 1) * 20_000 }),
  );
  await api.workbench.store.write(({ lineage }) => applyEvents(lineage, [...starts, child]));
  const node = await api.workbench.store.lineage.processOf(child);
  const process = { key: node?.key ?? "" };
  const proposed = (await api.get("exceptionDraft", { params })).draft;
  const draft = { ...proposed, mode: "shadow" as const };
  const dryRunToken = (await api.get("exceptionDryRun", { body: draft })).token;
  const exception = (await api.get("saveException", { body: { draft, dryRunToken } })).exception.id;
  const again = { ...draft, name: "another" };
  const proof = (await api.get("exceptionDryRun", { body: again })).token;
  const disabled = (await api.get("saveException", { body: { draft: again, dryRunToken: proof } })).exception.id;
  await api.get("disableException", { params: { id: disabled }, body: { reason: "over" } });
  await api.get("addRuleFolder", { body: { path: folder, note: "ours" } });
  const written = { language: "kql", text: "process.name: odd.exe", id: "conditional", name: "Odd" } as const;
  const save = (text: string, replace = true) => ({
    body: { draft: { ...written, text }, folder, name: "odd.toml", replace, note: "seen" },
  });
  await api.get("saveRule", save("process.name: first.exe", false));
  const savePlaybook = (question: string, replace = true) => ({
    body: {
      ...{ text: smallPlaybook("conditional", question), name: "odd.md", folder: api.playbooks },
      ...{ replace, note: "seen" },
    },
  });
  await api.get("savePlaybook", savePlaybook("What?", false));
  const rule = { id: "conditional" };
  const { person } = await api.get("addPerson", { body: { userName: "mika", name: "Mika", role: "viewer" } });
  const other = await mkdtemp(join(tmpdir(), "stemma-conditional-"));
  const note = "The owner of the host confirmed it";
  const answer = (value: "raises" | "lowers") => ({
    params: { ...params, step: steps[0] ?? "" },
    body: { value, note },
  });
  const large = first(queue.items.flatMap(({ alerts }) => alerts).filter(({ rule }) => rule.name.includes("LSASS")));
  const incident = { key: large.incidentKey };
  const others = (await api.get("incident", { params: incident })).items;
  const question = first((await api.get("incidentQuestions", { params: incident })).questions);
  const answerAll = (value: "raises" | "unresolved") => ({
    params: { ...incident, question: question.id },
    body: { value, note, processes: [first(question.processes).key] },
  });
  const folders: readonly [RouteName, Call<RouteName>] = ["ruleFolders", {}];
  edits = {
    transition: {
      read: ["alert", { params }],
      changes: [
        { params, body: { to: "acknowledged" } },
        { params, body: { to: "open" } },
      ],
    },
    incidentMembership: {
      read: ["alert", { params }],
      changes: [
        { params, body: { removed: true, reason: "other" } },
        { params, body: { removed: false } },
      ],
    },
    answer: { read: ["playbook", { params }], changes: [answer("raises"), answer("lowers")] },
    incidentAnswer: {
      read: ["incidentQuestions", { params: incident }],
      changes: [answerAll("raises"), answerAll("unresolved")],
    },
    incidentTransition: {
      read: ["incident", { params: incident }],
      changes: [
        { params: incident, body: { to: "acknowledged" } },
        { params: incident, body: { to: "escalated", note: "for the night" } },
      ],
    },
    incidentAssignee: {
      read: ["incident", { params: incident }],
      changes: [
        { params: incident, body: { assignee: "lena" } },
        { params: incident, body: {} },
      ],
    },
    incidentTags: {
      read: ["incident", { params: incident }],
      changes: [
        { params: incident, body: { tags: ["a"] } },
        { params: incident, body: { tags: ["b"] } },
      ],
    },
    splitIncident: {
      read: ["incident", { params: incident }],
      changes: [
        { params: incident, body: { alerts: [first(others.slice(1)).id] } },
        { params: incident, body: { alerts: [first(others.slice(2)).id] } },
      ],
    },
    choosePlaybook: {
      read: ["playbook", { params }],
      changes: [
        { params, body: { playbook: playbook.id } },
        { params, body: {} },
      ],
    },
    checklist: {
      read: ["playbook", { params }],
      changes: [
        { params: { ...params, item }, body: { done: true } },
        { params: { ...params, item }, body: { done: false } },
      ],
    },
    chooseParent: {
      read: ["process", { params: process }],
      changes: [
        { params: process, body: { parent: node?.parent?.candidates?.[1] ?? "" } },
        { params: process, body: {} },
      ],
    },
    disableException: {
      read: ["exception", { params: { id: exception } }],
      changes: [
        { params: { id: exception }, body: { reason: "over" } },
        { params: { id: exception }, body: { reason: "over again" } },
      ],
    },
    enableException: {
      read: ["exception", { params: { id: disabled } }],
      changes: [
        { params: { id: disabled }, body: { reason: "needed again" } },
        { params: { id: disabled }, body: { reason: "and again" } },
      ],
    },
    deleteException: {
      read: ["exception", { params: { id: disabled } }],
      changes: [
        { params: { id: disabled }, body: { reason: "over" } },
        { params: { id: disabled }, body: { reason: "over again" } },
      ],
    },
    setRuleEnabled: {
      read: ["rule", { params: rule }],
      changes: [
        { params: rule, body: { enabled: false, note: "noisy" } },
        { params: rule, body: { enabled: true, note: "quiet" } },
      ],
    },
    saveRule: {
      read: ["rule", { params: rule }],
      changes: [save("process.name: second.exe"), save("process.name: third.exe")],
    },
    savePlaybook: {
      read: ["playbookFile", { params: { playbook: "conditional" } }],
      changes: [savePlaybook("Who?"), savePlaybook("Why?")],
    },
    addRuleFolder: {
      read: folders,
      changes: [{ body: { path: other, note: "ours" } }, { body: { path: other, note: "ours" } }],
    },
    removeRuleFolder: {
      read: folders,
      changes: [{ body: { path: other, note: "ours" } }, { body: { path: other, note: "ours" } }],
    },
    changePerson: {
      read: ["person", { params: { id: person.id } }],
      changes: [
        { params: { id: person.id }, body: { role: "analyst" } },
        { params: { id: person.id }, body: { role: "author" } },
      ],
    },
  } as typeof edits;
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

const editOf = (name: RouteName): Edit => first([edits[name]].flatMap((edit) => edit ?? []));
const tagOf = async ([name, call]: Edit["read"]) => String((await api.send(name, call)).headers["etag"]);
const audited = async () => (await api.get("audit", { query: { limit: 1 } })).total;

describe("a change of what two people can edit", () => {
  it("is conditional, or overwrites nothing for a stated reason", () => {
    const rest = names.filter((name) => routes[name].changes && !editing.includes(name));
    expect(rest.filter((name) => unconditional[name] === undefined)).toEqual([]);
    expect(Object.keys(edits).toSorted()).toEqual(editing.toSorted());
  });

  it.each(editing)("%s is made on the state that was seen, and refused on an earlier one", async (name) => {
    const { read, changes } = editOf(name);
    const [mine, theirs] = changes;
    // A folder is there or not: the second change finds nothing to do.
    const isFolder = name === "addRuleFolder" || name === "removeRuleFolder";
    const seen = await tagOf(read);
    const made = await api.send(name, mine).set("If-Match", seen);
    expect({ status: made.status, detail: made.body.detail }).toEqual({ status: 200, detail: undefined });
    expect(made.headers["etag"]).toMatch(/^"[\d][^"]*\.[\w-]{22}"$/);

    const [before, count] = [(await api.send(...read)).text, await audited()];
    const refused = await api.send(name, theirs).set("If-Match", seen);
    expect(refused.body.code).toBe(isFolder ? "rule-folder.invalid" : "request.conflict");
    expect(refused.status).toBe(isFolder ? 400 : 409);
    expect((await api.send(...read)).text).toBe(before);
    expect(await audited()).toBe(count);
    const { conflict } = problemDetails.strict().parse(refused.body);
    if (conflict !== undefined) {
      expect(first(conflict.changed)).toMatchObject({ actor: "lena", at: expect.stringMatching(/Z$/) });
      expect(first(conflict.changed).fields.length).toBeGreaterThan(0);
      const again = await api.send(name, theirs).set("If-Match", conflict.current);
      expect(again.body.code).not.toBe("request.conflict");
    }
  });

  it.each(editing)("%s refuses a malformed condition", async (name) => {
    const call = editOf(name).changes[0];
    const count = await audited();
    for (const header of ["41", '"a', 'a"b"', '"a" "b"', ",", '"a", *']) {
      const response = await api.send(name, call).set("If-Match", header);
      expect({ header, status: response.status }).toEqual({ header, status: 400 });
      expect(problemDetails.parse(response.body).errors).toMatchObject([{ field: "If-Match" }]);
    }
    expect((await api.send(name, call).set("If-None-Match", "*")).status).toBe(400);
    expect(await audited()).toBe(count);
  });

  it.each(names.filter((name) => !editing.includes(name) && routes[name].access !== "public"))(
    "%s refuses If-Match rather than ignore it",
    async (name) => {
      const response = await api.send(name, { params: {} }).set("If-Match", "*");
      expect(response.status).toBe(400);
      expect(response.body.errors).toMatchObject([{ field: "If-Match" }]);
    },
  );
});

describe("two people on one alert", () => {
  const answer = (step: string | undefined, value: "raises" | "lowers") =>
    api.send("answer", {
      params: { id: alertId, step: step ?? "" },
      body: { value, note: "The owner of the host confirmed it" },
    });

  it("answer different steps without a conflict, but the same one only knowingly", async () => {
    const seen = await tagOf(["playbook", { params: { id: alertId } }]);
    expect((await answer(steps[1], "raises").set("If-Match", seen)).status).toBe(200);
    expect((await answer(steps[2], "raises").set("If-Match", seen)).status).toBe(200);
    const refused = await answer(steps[1], "lowers").set("If-Match", seen);
    expect(refused.status).toBe(409);
    expect(refused.body.conflict).toMatchObject({ total: 1, changed: [{ action: "playbook.answer" }] });
    const close = { params: { id: alertId }, body: { to: "acknowledged" } } as const;
    expect((await api.send("transition", close).set("If-Match", seen)).status).toBe(409);
  });

  it("accept any of several tags, and no weak or foreign one", async () => {
    const seen = await tagOf(["playbook", { params: { id: alertId } }]);
    expect((await answer(steps[3], "raises").set("If-Match", `"7-aaaaaaaa", ${seen}`)).status).toBe(200);
    const now = await tagOf(["playbook", { params: { id: alertId } }]);
    for (const tag of [`W/${now}`, '"99999-aaaaaaaa"', '"made-up"', '""']) {
      expect((await answer(steps[3], "lowers").set("If-Match", tag)).status).toBe(409);
    }
    expect((await answer(steps[3], "lowers").set("If-Match", "*")).status).toBe(200);
  });

  it("cannot both win at once", async () => {
    const seen = await tagOf(["playbook", { params: { id: alertId } }]);
    const both = await Promise.all(
      (["raises", "lowers"] as const).map((value) => answer(steps[4], value).set("If-Match", seen)),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });
});

describe("a rule file", () => {
  it("is not replaced after somebody edited it outside of the workbench", async () => {
    const { read, changes } = editOf("saveRule");
    const seen = await tagOf(read);
    await writeFile(
      join(folder, "odd.toml"),
      '[rule]\nrule_id = "conditional"\nname = "By hand"\ndescription = ""\nrisk_score = 1\nseverity = "low"\ntype = "query"\nlanguage = "kuery"\nquery = "process.name: hand.exe"\n',
    );
    const refused = await api.send("saveRule", changes[0]).set("If-Match", seen);
    expect({ status: refused.status, detail: refused.body.detail }).toMatchObject({
      status: 409,
      detail: expect.stringContaining("outside of the workbench"),
    });
  });
});

describe("a read", () => {
  const get = (path: string) => request(api.workbench.url).get(path).set("Cookie", api.cookie);

  it("of what the client has already is answered with 304 and no body", async () => {
    for (const path of ["/api/v1/queue", `/api/v1/alerts/${alertId}`, "/api/v1/hosts"]) {
      const { headers } = await get(path);
      const tag = String(headers["etag"]);
      expect(tag).toMatch(/^"[^"]+"$/);
      for (const condition of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
        const known = await get(path).set("If-None-Match", condition);
        expect({ status: known.status, text: known.text, tag: known.headers["etag"] }).toEqual({
          status: 304,
          text: "",
          tag,
        });
      }
      expect((await get(path).set("If-None-Match", '"other"')).status).toBe(200);
      expect((await get(path).set("If-None-Match", "other")).status).toBe(400);
    }
  });

  it("is answered in full after a change, and needs signing in as ever", async () => {
    const tag = await tagOf(["alert", { params: { id: alertId } }]);
    const path = `/api/v1/alerts/${alertId}`;
    expect((await request(api.workbench.url).get(path).set("If-None-Match", tag)).status).toBe(401);
    await api.get("incidentMembership", { params: { id: alertId }, body: { removed: true, reason: "r" } });
    expect((await get(path).set("If-None-Match", tag)).status).toBe(200);
  });
});
