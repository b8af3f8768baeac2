import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { problemDetails } from "#contracts/problem";
import { encodeCursor } from "../../server/lib/cursor.ts";
import { first, startApi, type TestApi } from "./workbench.ts";

const alerts = async (api: TestApi) =>
  (await api.get("queue", { query: { group: "none" } })).items.flatMap((item) => item.alerts);

describe("an alert without a playbook", () => {
  let api: TestApi;
  const shippedRules = join(import.meta.dirname, "../../rules");
  let empty = "";
  beforeAll(async () => {
    empty = await mkdtemp(join(tmpdir(), "stemma-no-playbooks-"));
    api = await startApi({ STEMMA_SHIPPED: "off", STEMMA_RULES: shippedRules, STEMMA_PLAYBOOKS: empty });
  });
  afterAll(async () => {
    await api.stop();
    await rm(empty, { recursive: true });
  });

  it.each(["benign", "false-positive", "true-positive", "exception", "duplicate"] as const)(
    "is not closed as %s just like that",
    async (reason) => {
      const { id } = first(await alerts(api));
      const response = await api.send("transition", { params: { id }, body: { to: "closed", reason } });
      expect(response.status).toBe(409);
      expect((await api.get("alert", { params: { id } })).status).toBe("open");
    },
  );

  it("can be closed with the analyst's own reason, which the audit trail keeps", async () => {
    const { id } = first(await alerts(api));
    const body = { to: "closed", reason: "benign", override: "Seen on the console with the owner" } as const;
    expect((await api.get("transition", { params: { id }, body })).status).toBe("closed");
    const audit = await api.get("audit", { query: { kind: "alert", id } });
    expect(first(audit.items)).toMatchObject({ after: { status: "closed", override: body.override } });
  });
});

describe("the answers of an alert", () => {
  let api: TestApi;
  let id = "";
  let step = "";
  beforeAll(async () => {
    api = await startApi();
    id = first(await alerts(api)).id;
    step = first((await api.get("playbook", { params: { id } })).steps).id;
  });
  afterAll(() => api.stop());

  it("can only pin stored evidence", async () => {
    const evidence = [{ kind: "event", id: "no-such-event", label: "made up" }] as const;
    const response = await api.send("answer", {
      params: { id, step },
      body: { value: "raises", note: "", evidence: [...evidence] },
    });
    expect(response.status).toBe(400);
    expect(problemDetails.parse(response.body).errors?.map(({ field }) => field)).toEqual(["evidence.0.id"]);
  });

  it("name pinned evidence by what is stored, not by what the request says", async () => {
    const answer = (evidence: { kind: "alert" | "field"; id: string; label: string }[]) =>
      api.send("answer", { params: { id, step }, body: { value: "raises", note: "", evidence } });
    const label = "approved";
    const alert = await api.get("alert", { params: { id } });
    await answer([
      { kind: "alert", id, label },
      { kind: "field", id: "host.name", label },
    ]);
    const playbook = await api.get("playbook", { params: { id } });
    expect(first(playbook.steps).answer?.evidence.map((item) => item.label)).toEqual([
      expect.stringContaining(alert.rule.name),
      `host.name: ${alert.host}`,
    ]);
    expect((await answer([{ kind: "field", id: "ticket", label }])).body.code).toBe("playbook.unknown-evidence");
  });

  it("cannot change between closing and reopening", async () => {
    const answer = () => api.send("answer", { params: { id, step }, body: { value: "raises", note: "late" } });
    const duplicateOf = (await alerts(api)).find((other) => other.id !== id)?.id;
    await api.get("transition", {
      params: { id },
      body: { to: "closed", reason: "duplicate", note: "repeats what another rule found", duplicateOf },
    });
    const late = await answer();
    expect(late.status).toBe(409);
    expect(late.body.detail).toContain("Reopen it");
    await api.get("transition", { params: { id }, body: { to: "open" } });
    expect((await answer()).status).toBe(200);
  });
});

describe("two analysts on one alert", () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  it("cannot both acknowledge it: the second request is refused as a duplicate", async () => {
    const { id } = first(await alerts(api));
    const take = () => api.send("transition", { params: { id }, body: { to: "acknowledged" } });
    const statuses = (await Promise.all([take(), take(), take()])).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 409, 409]);
    const audit = await api.get("audit", { query: { kind: "alert", id } });
    expect(audit.total).toBe(1);
    expect((await api.get("alert", { params: { id } })).history).toHaveLength(1);
  });

  it("can answer one question: the later answer counts, and the trail has both", async () => {
    const { id } = first(await alerts(api));
    const { steps } = await api.get("playbook", { params: { id } });
    const step = first(steps).id;
    const answer = (note: string) => api.get("answer", { params: { id, step }, body: { value: "raises", note } });
    await Promise.all([answer("one"), answer("two")]);
    const audit = await api.get("audit", { query: { kind: "alert", id } });
    const [later, earlier] = audit.items.filter(({ action }) => action === "playbook.answer");
    expect(later?.before).toMatchObject({ note: noteOf(earlier?.after) });
    const now = await api.get("playbook", { params: { id } });
    expect(first(now.steps).answer?.note).toBe(noteOf(later?.after));
  });

  it("refuse an invalid time in a queue URL", async () => {
    const response = await request(api.workbench.url).get("/api/v1/queue?from=yesterday").set("Cookie", api.cookie);
    expect(response.status).toBe(400);
    expect(problemDetails.parse(response.body).errors?.map(({ field }) => field)).toEqual(["from"]);
  });

  it.each(["nonsense", encodeCursor(["b", 1]), encodeCursor([1])])(
    "refuse a cursor that belongs to no page: %s",
    async (cursor) => {
      const response = await request(api.workbench.url).get(`/api/v1/queue?cursor=${cursor}`).set("Cookie", api.cookie);
      expect(response.status).toBe(400);
      expect(problemDetails.parse(response.body).errors?.map(({ field }) => field)).toEqual(["cursor"]);
    },
  );
});

function noteOf(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null && "note" in answer ? answer.note : undefined;
}
