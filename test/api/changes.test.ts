import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Change, changes, presence, ready } from "#contracts/changes";
import { openSqliteStore } from "../../server/store/sqlite/store.ts";
import { Follower, type Message } from "./follower.ts";
import { signedInAs, tokenFor } from "./people.ts";
import { first, startApi, type TestApi } from "./workbench.ts";

describe("the stream of changes", () => {
  let api: TestApi;
  let key: string;
  let alertId: string;
  beforeAll(async () => {
    api = await startApi();
    const { items } = await api.get("queue");
    const row = first(items.toSorted((a, b) => b.alertCount - a.alertCount));
    key = row.key;
    alertId = first(row.alerts).id;
  });
  afterAll(() => api.stop());

  const follow = (headers: Readonly<Record<string, string>>, query?: Readonly<Record<string, string>>) => {
    const follower = new Follower(api, headers, query);
    onTestFinished(() => follower.close());
    return follower;
  };
  const followAs = (cookie: string, query?: Readonly<Record<string, string>>) => follow({ cookie }, query);
  const isIncident = (change: Change) => change.kind === "incident" && change.key === key;

  it("says which incident somebody else changed, and that the queue is another one", async () => {
    const viewer = await signedInAs(api, "viewer");
    const follower = followAs(viewer.cookie);
    expect(ready.parse((await follower.ready()).data)).toEqual({ missed: true });
    expect(follower.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-accel-buffering": "no",
    });
    await api.get("incidentTags", { params: { key }, body: { tags: ["seen"] } });
    const { data } = await follower.change(isIncident);
    expect(changes.parse(data)).toEqual(
      expect.arrayContaining([{ kind: "incident", key, by: ["lena"] }, { kind: "alerts" }]),
    );
  });

  it("says it of a change of a single alert, too, and of other things what they are", async () => {
    const follower = followAs(api.cookie);
    await follower.ready();
    await api.get("transition", { params: { id: alertId }, body: { to: "acknowledged" } });
    await follower.change(isIncident);
    const { id } = first((await api.get("rules", { query: { limit: 1 } })).items);
    await api.get("setRuleEnabled", { params: { id }, body: { enabled: false, note: "loud" } });
    await follower.change((change) => change.kind === "subject" && change.subject === "rule");
  });

  it("says what another process has written to the same file", async () => {
    const opened = await openSqliteStore(api.config.store);
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    const other = opened.value;
    onTestFinished(() => other.close());
    const follower = followAs(api.cookie);
    const { id } = await follower.ready();
    const alert = await other.alerts.get(alertId);
    if (alert === undefined) {
      throw new Error("the alert is gone");
    }
    await other.write(({ alerts }) => alerts.put(alert));
    const { data, id: next } = await follower.change(({ kind }) => kind === "alerts");
    expect(changes.parse(data)).toEqual([{ kind: "alerts" }]);
    expect(next).not.toBe(id);
    const actor = { name: "somebody at the command line" };
    const subject = { kind: "alert", id: alertId };
    await other.write(({ audit }) => audit.append({ at: 1, actor, action: "alert.transition", subject }));
    await follower.change((change) => change.kind === "incident" && change.by[0] === actor.name);
  });

  it("tells at the beginning whether something was missed since the last message", async () => {
    const before = followAs(api.cookie);
    const { id = "" } = await before.ready();
    before.close();
    const again = followAs(api.cookie, { since: id });
    expect((await again.ready()).data).toEqual({ missed: false });
    await api.get("incidentTags", { params: { key }, body: { tags: ["missed"] } });
    await again.change(isIncident);
    const later = follow({ cookie: api.cookie, "last-event-id": id });
    expect((await later.ready()).data).toEqual({ missed: true });
  });

  it("shows who else has an incident open, once each, and that they have left", async () => {
    const viewer = await signedInAs(api, "viewer");
    const program = await tokenFor(api, "read");
    const own = followAs(api.cookie, { incident: key });
    await own.ready();
    const [one, two] = [followAs(viewer.cookie, { incident: key }), followAs(viewer.cookie, { incident: key })];
    const silent = follow({ authorization: `Bearer ${program}` }, { incident: key });
    await Promise.all([one.ready(), two.ready(), silent.ready()]);
    const people = ({ event, data }: Message) =>
      event === "presence" ? presence.parse(data).people.map(({ name }) => name) : undefined;
    const names = [viewer.person.name];
    await own.message((message) => JSON.stringify(people(message)) === JSON.stringify(names));
    await one.message((message) => JSON.stringify(people(message)) === '["lena"]');
    await silent.until(() => silent.messages.map(people).find((list) => list?.length === 2));
    one.close();
    two.close();
    await own.until(() => (people(own.messages.at(-1) ?? first(own.messages))?.length === 0 ? true : undefined));
    expect(own.messages.flatMap((message) => people(message) ?? [])).toEqual(names);
  });

  it("is for whoever may read, and refuses others and what it cannot read", async () => {
    const [nobody, intake] = [follow({}), follow({ authorization: `Bearer ${await tokenFor(api, "intake")}` })];
    const many = followAs(api.cookie, { incident: "x".repeat(2001) });
    await Promise.all([nobody.ended(), intake.ended(), many.ended()]);
    expect([nobody.status, intake.status, many.status]).toEqual([401, 403, 400]);
    expect(many.body).toContain("request.invalid");
  });

  it("ends with the session, and when the person is disabled", async () => {
    const [leaving, disabled] = [await signedInAs(api, "analyst"), await signedInAs(api, "analyst")];
    const [left, shut] = [followAs(leaving.cookie), followAs(disabled.cookie)];
    await Promise.all([left.ready(), shut.ready()]);
    await api.get("signOut", { cookie: leaving.cookie });
    await api.get("changePerson", { params: { id: disabled.person.id }, body: { disabled: true } });
    await Promise.all([left.ended(), shut.ended()]);
  });

  it("refuses more than twelve of a person, and goes on for others", async () => {
    const busy = await signedInAs(api, "analyst");
    const open = Array.from({ length: 12 }, () => followAs(busy.cookie));
    await Promise.all(open.map((follower) => follower.ready()));
    const more = followAs(busy.cookie);
    await more.ended();
    expect([more.status, more.headers["retry-after"]]).toEqual([429, "30"]);
    expect(more.body).toContain("changes.too-many-own-streams");
    await followAs(api.cookie).ready();
    first(open).close();
    await first(open).ended();
    for (let status = 429; status !== 200; ) {
      const again = followAs(busy.cookie);
      await again.until(() => (again.status === 0 ? undefined : true));
      ({ status } = again);
    }
  });

  it("ends when the server stops, which does not wait for it", async () => {
    const stopping = await startApi({ STEMMA_SAMPLE: "off", STEMMA_STOP_SECONDS: "60" });
    const follower = new Follower(stopping, { cookie: stopping.cookie });
    await follower.ready();
    await stopping.stop();
    await follower.ended();
  });
});
