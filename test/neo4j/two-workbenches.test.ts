import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { presence } from "#contracts/changes";
import { Follower, type Message } from "../api/follower.ts";
import { signedInAs } from "../api/people.ts";
import { first, startApi, type TestApi } from "../api/workbench.ts";
import { acquireNeo4j, describeNeo4j, type Neo4jLease } from "./lease.ts";

/** Milliseconds. Workbenches poll every three seconds, and a busy machine responds slowly. */
const SOON = 15_000;

describeNeo4j("two workbenches on one Neo4j", () => {
  let neo4j: Neo4jLease;
  let one: TestApi;
  let other: TestApi;
  beforeAll(async () => {
    neo4j = await acquireNeo4j();
    const settings = {
      STEMMA_STORE: neo4j.address,
      STEMMA_NEO4J_USER: neo4j.user,
      STEMMA_NEO4J_PASSWORD: neo4j.password,
    };
    one = await startApi({ ...settings, STEMMA_ANALYST: "lena" });
    other = await startApi({ ...settings, STEMMA_ANALYST: "tom" });
  });
  afterAll(async () => {
    await one?.stop();
    await other?.stop();
    neo4j.release();
  });

  const openAlert = async () => {
    const queue = await one.get("queue", { query: { group: "none", status: ["open"], limit: 10 } });
    return first(queue.items.flatMap(({ alerts }) => alerts));
  };

  it("load the sample once, and show each other's changes", async () => {
    expect((await other.get("ingests")).items).toHaveLength(1);
    const { id } = await openAlert();
    const params = { id };
    const note = "isolate it";
    await one.get("transition", { params, body: { to: "escalated", note } });
    await vi.waitFor(
      async () =>
        expect(await other.get("alert", { params })).toMatchObject({
          status: "escalated",
          escalation: { actor: "lena", note },
        }),
      SOON,
    );
    await other.get("transition", { params, body: { to: "open", note: "it was me" } });
    await vi.waitFor(async () => expect((await one.get("alert", { params })).status).toBe("open"), SOON);
    const trail = await one.get("audit", { query: { kind: "alert", id } });
    expect(trail.items.map(({ actor }) => actor)).toEqual(["tom", "lena"]);
  });

  it("tell those who follow what was changed on the other, and where both are", async () => {
    const { id, incidentKey } = await openAlert();
    const follower = new Follower(other, { cookie: other.cookie });
    await follower.ready();
    await one.get("transition", { params: { id }, body: { to: "acknowledged" } });
    const { id: mark = "" } = await follower.change(
      (change) => change.kind === "incident" && change.key === incidentKey && change.by[0] === "lena",
    );
    follower.close();
    const again = new Follower(one, { cookie: one.cookie }, { since: mark });
    expect((await again.ready()).data).toEqual({ missed: false });
    again.close();
  });

  it("show who has an incident open on the other, until they have left", async () => {
    const { incidentKey } = await openAlert();
    const people = ({ event, data }: Message) =>
      event === "presence" ? presence.parse(data).people.map(({ name }) => name) : undefined;
    const lena = new Follower(one, { cookie: one.cookie }, { incident: incidentKey });
    await lena.ready();
    const tom = new Follower(other, { cookie: other.cookie }, { incident: incidentKey });
    await tom.message((message) => people(message)?.[0] === "lena");
    await lena.message((message) => people(message)?.[0] === "tom");
    tom.close();
    await lena.message((message) => people(message)?.length === 0);
    lena.close();
  });

  it("share people and their sessions, and a role that one takes away is gone on the other within seconds", async () => {
    const { person, cookie } = await signedInAs(one, "author");
    expect(await other.get("me", { cookie })).toMatchObject({ analyst: person.name, role: "author" });
    expect((await other.get("people")).items.map(({ name }) => name)).toEqual(["lena", person.name, "tom"]);
    const params = { id: person.id };
    const reload = () => other.send("reloadRules", { body: {}, cookie });
    expect((await reload()).status).toBe(200);
    await one.get("changePerson", { params, body: { role: "viewer" } });
    // The time of the test servers stands still.
    other.wait(3_000);
    expect(await reload()).toMatchObject({ status: 403, body: { code: "access.denied" } });
    await one.get("changePerson", { params, body: { disabled: true } });
    other.wait(3_000);
    expect((await other.send("me", { cookie })).status).toBe(401);
  });

  it("apply each other's rule settings", async () => {
    const { rule } = await openAlert();
    const params = { id: rule.id };
    const enabledOn = async (api: TestApi) =>
      first((await api.get("rules")).items.filter(({ id }) => id === rule.id)).enabled;
    expect(await enabledOn(other)).toBe(true);
    await one.get("setRuleEnabled", { params, body: { enabled: false, note: "too loud" } });
    await vi.waitFor(async () => expect(await enabledOn(other)).toBe(false), SOON);
    await other.get("setRuleEnabled", { params, body: { enabled: true, note: "again" } });
    await vi.waitFor(async () => expect(await enabledOn(one)).toBe(true), SOON);
  });
});
