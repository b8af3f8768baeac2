import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { changeStatus } from "../../server/alert/change-status.ts";
import { incidentKey } from "../../server/alert/incident-key.ts";
import type { AlertRecord } from "../../server/alert/record.ts";
import { inMergedIncidents, reopenIncidents, settleMoved } from "../../server/alerting/join-incidents.ts";
import type { Playbooks } from "../../server/playbooks/playbook.ts";
import { versionOf } from "../../server/store/audit/version.ts";
import type { Store } from "../../server/store/port.ts";
import { noteClosedIncidents } from "../../server/triage/incident/closed-otherwise.ts";
import {
  mergeIncidents,
  setIncidentMembership,
  splitIncident,
  unmergeIncident,
} from "../../server/triage/incident/membership.ts";
import { transitionAlert, transitionIncident } from "../../server/triage/incident/transition.ts";
import { incidentOf } from "../../server/triage/incident/view.ts";
import { assignIncident, commentOnIncident, incidentSubject, tagIncident } from "../../server/triage/incident/work.ts";
import { alert } from "../factories/alerts.ts";
import { describeStores, type TestStore } from "./stores.ts";

const actor = { name: "lena" };
const playbooks: Pick<Playbooks, "forAlert"> = { forAlert: () => undefined };
const override = "The vendor confirmed it.";
const close = { to: "closed", reason: "benign", note: "see 1", override, scope: { kind: "incident" } } as const;

describeStores("incidents", (open) => {
  let test: TestStore;
  let store: Store;
  let clock: number;
  beforeEach(async () => {
    test = await open();
    store = test.store;
    clock = Date.UTC(2026, 5, 17, 12);
    await add(
      alert({ id: "a1", processKey: "a1", rootKey: "a", time: 1 }),
      alert({ id: "a2", processKey: "a2", rootKey: "a", time: 2 }),
      alert({ id: "a3", processKey: "a3", rootKey: "a", time: 3 }),
      alert({ id: "b1", processKey: "b1", rootKey: "b", time: 4 }),
      alert({ id: "c1", processKey: "c1", rootKey: "c", time: 5 }),
    );
  });
  afterEach(() => test.dispose());

  const change = (key: string) => {
    clock += 1000;
    return { key, actor, at: clock, newId: () => crypto.randomUUID() };
  };
  const ok = <T>(
    result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
  ): T => {
    if (!result.ok) {
      throw new Error(JSON.stringify(result.error));
    }
    return result.value;
  };
  const split = async (key: string, ...alerts: string[]) =>
    splitIncident(store, { ...change(key), request: { alerts, reason: "other work" } });
  const merge = async (key: string, incident: string) =>
    mergeIncidents(store, { ...change(key), request: { incident, reason: "same actor" } });
  const unmerge = async (key: string) => unmergeIncident(store, { ...change(key), reason: "mistaken" });
  const member = async (alertId: string, removed: boolean) =>
    setIncidentMembership(store, { ...change(""), alertId, request: { removed, reason: "" } });
  const transition = async (key: string, request: Parameters<typeof transitionIncident>[2]["request"]) =>
    transitionIncident(store, playbooks, { ...change(key), request });

  /** New alerts, as detection adds them. */
  const add = (...fresh: readonly AlertRecord[]) =>
    store.write(async (to) => {
      const alerts = await inMergedIncidents(to.alerts, fresh);
      for (const one of alerts) {
        await to.alerts.put(one);
      }
      await reopenIncidents(to, alerts, clock, "matched");
    });
  /** Alerts whose lineage gets another root. */
  const moveTo = (rootKey: string, ...ids: readonly string[]) =>
    store.write(async (to) => {
      const moved: AlertRecord[] = [];
      for (const id of ids) {
        const known = await to.alerts.get(id);
        if (known !== undefined) {
          moved.push({ ...known, rootKey });
          await to.alerts.put({ ...known, rootKey });
        }
      }
      await settleMoved(to, moved, clock);
    });
  const all = async () => (await store.alerts.find({ order: "oldest-first", limit: 50 })).items;
  const keys = async () => Object.fromEntries((await all()).map((one) => [one.id, incidentKey(one)]));
  const work = async (key: string) => (await store.incidents.work([key])).get(key);
  const audit = async (action: string) => {
    const { items } = await store.audit.page({ limit: 100 });
    return items.filter((record) => record.action === action);
  };

  describe("that are merged", () => {
    it("are restored exactly when they are separated, each with its own work, status and answers", async () => {
      await tagIncident(store, change("a"), ["one"]);
      await commentOnIncident(store, change("b"), "of b");
      await assignIncident(store, change("b"), undefined);
      await transition("b", { ...close });
      const answer = {
        stepId: "s",
        value: "raises" as const,
        note: "",
        evidence: [],
        actor: "lena",
        at: "2026-06-17T09:00:00.000Z",
      };
      await store.write(({ triage }) => triage.putAnswer("a1", answer));
      const before = [await all(), await work("a"), await work("b")];
      const into = ok(await merge("a", "b"));
      expect(into).toMatch(/^merged:/);
      expect(await work(into)).toMatchObject({ tags: ["one"], comments: [{ text: "of b" }] });
      const [, ...notB] = [...new Set(Object.values(await keys()))].sort();
      expect(notB).toEqual([into]);
      expect(ok(await unmerge(into))).toBe("a");
      expect([await all(), await work("a"), await work("b")]).toEqual(before);
      expect((await store.triage.answersOn(["a1"])).get("a1")).toEqual([answer]);
      const transitions = await store.triage.transitions(["b1"]);
      expect(transitions.map(({ incident }) => incident)).toEqual([undefined, "merged", "unmerged"]);
      expect((await audit("alert.moved")).map(({ subject }) => subject.id).sort()).toEqual(
        ["a1", "a2", "a3", "b1", "a1", "a2", "a3", "b1"].sort(),
      );
      expect(await audit("incident.merged")).toMatchObject([{ after: { incident: into, alerts: 4 } }]);
    });

    it("part into the incidents that alerts were split off into", async () => {
      const one = ok(await split("a", "a1"));
      const two = ok(await split("a", "a2"));
      const before = await all();
      const into = ok(await merge(one, two));
      expect(ok(await merge(into, "b"))).toBe(into);
      expect(await keys()).toEqual({ a1: into, a2: into, a3: "a", b1: into, c1: "c" });
      ok(await unmerge(into));
      expect(await all()).toEqual(before);
    });

    it("are one with those of another merge", async () => {
      const first = ok(await merge("a", "b"));
      await add(alert({ id: "d1", processKey: "d1", rootKey: "d", time: 6 }));
      const second = ok(await merge("c", "d"));
      expect(ok(await merge(second, first))).toBe(second);
      expect(new Set(Object.values(await keys()))).toEqual(new Set([second]));
      ok(await unmerge(second));
      expect(await keys()).toEqual({ a1: "a", a2: "a", a3: "a", b1: "b", c1: "c", d1: "d" });
    });

    it("take back an alert that was removed before or after", async () => {
      ok(await member("a1", true));
      const into = ok(await merge("a", "b"));
      expect((await incidentOf(store, into, { limit: 10 }))?.removed.items.map(({ id }) => id)).toEqual(["a1"]);
      ok(await member("b1", true));
      expect(await keys()).toMatchObject({ a1: "alert:a1", a2: into, b1: "alert:b1" });
      ok(await member("a1", false));
      ok(await member("b1", false));
      expect(await keys()).toMatchObject({ a1: into, b1: into });
      ok(await member("a1", true));
      ok(await unmerge(into));
      ok(await member("a1", false));
      expect(await keys()).toEqual({ a1: "a", a2: "a", a3: "a", b1: "b", c1: "c" });
    });

    it("get the alerts that come to either lineage, and stay together when that gets another root", async () => {
      const into = ok(await merge("a", "b"));
      await add(alert({ id: "b2", processKey: "b2", rootKey: "b" }));
      await moveTo("z", "b1", "b2");
      await add(alert({ id: "z1", processKey: "z1", rootKey: "z" }));
      expect(await keys()).toMatchObject({ b1: into, b2: into, z1: into, c1: "c" });
      // A lineage that turns out to be part of a merged one belongs to it as a whole.
      await moveTo("c", "z1");
      expect(await keys()).toMatchObject({ z1: into, c1: into });
    });

    it("become one where their lineages turn out to be one", async () => {
      await add(alert({ id: "d1", processKey: "d1", rootKey: "d", time: 6 }));
      ok(await merge("a", "b"));
      ok(await merge("c", "d"));
      await moveTo("b", "d1");
      expect(new Set(Object.values(await keys())).size).toBe(1);
    });

    it("refuse what cannot be done, and write nothing", async () => {
      const before = [await all(), (await store.audit.page({ limit: 1 })).total];
      expect(await merge("a", "a")).toMatchObject({ error: { code: "incident.same-incident" } });
      expect(await merge("a", "nothing")).toMatchObject({ error: { code: "incident.not-found" } });
      expect(await merge("nothing", "a")).toMatchObject({ error: { code: "incident.not-found" } });
      expect(await unmerge("a")).toMatchObject({ error: { code: "incident.not-merged" } });
      expect([await all(), (await store.audit.page({ limit: 1 })).total]).toEqual(before);
      expect(await work("a")).toBeUndefined();
    });
  });

  describe("of which alerts are split off", () => {
    it("keep their work, also if it is stored for one of those alerts; the new one has a history of its own", async () => {
      await tagIncident(store, change("a"), ["one"]);
      const to = ok(await split("a", "a1", "a2"));
      expect(await keys()).toMatchObject({ a1: to, a2: to, a3: "a" });
      expect(await work("a")).toMatchObject({ tags: ["one"], alertId: "a3" });
      expect(await work(to)).toMatchObject({ tags: [] });
      const history = (await incidentOf(store, to, { limit: 10 }))?.history ?? [];
      expect(history.flatMap((entry) => entry.work?.text ?? [])).toEqual(["2 alerts split off"]);
      const back = await member("a1", false);
      expect(incidentKey(ok(back))).toBe("a");
    });

    it("are refused if an alert is not there or none would be left; building blocks do not count", async () => {
      await add(alert({ id: "block", processKey: "a4", rootKey: "a", buildingBlock: true }));
      for (const [alerts, code] of [
        [["a1", "b1"], "incident.nothing-in-scope"],
        [["a1", "nobody"], "incident.nothing-in-scope"],
        [["block"], "incident.nothing-in-scope"],
        [["a1", "a2", "a3"], "incident.nothing-left"],
      ] as const) {
        expect(await split("a", ...alerts)).toMatchObject({ error: { code } });
      }
      expect(await keys()).toMatchObject({ a1: "a", b1: "b" });
    });
  });

  describe("that were closed as a whole", () => {
    beforeEach(async () => {
      expect(ok(await transition("a", close))).toBe(3);
    });
    const reopening = async (key: string) => (await work(key))?.reopened?.alertId;

    it("are reopened once by a new alert, with the reason and one audit record", async () => {
      await add(
        alert({
          id: "a4",
          processKey: "a4",
          rootKey: "a",
          rule: { id: "r", name: "R", version: "1", language: "eql" },
        }),
        alert({ id: "a5", processKey: "a5", rootKey: "a" }),
      );
      await add(alert({ id: "a6", processKey: "a6", rootKey: "a" }));
      expect((await work("a"))?.reopened).toMatchObject({
        alertId: "a4",
        text: "R matched on host-a after the incident was closed.",
      });
      expect(await audit("incident.reopened")).toHaveLength(1);
      expect((await incidentOf(store, "a", { limit: 10 }))?.counts).toMatchObject({ open: 3, closed: 3 });
      await transition("a", close);
      expect(await reopening("a")).toBeUndefined();
      await add(alert({ id: "a7", processKey: "a7", rootKey: "a" }));
      expect(await reopening("a")).toBe("a7");
      expect(await audit("incident.reopened")).toHaveLength(2);
    });

    it("are reopened by a new alert after an exception closed their last one, and not while one was left open", async () => {
      const closeBy = (ids: readonly string[]) =>
        store.write(async (transaction) => {
          const closed: AlertRecord[] = [];
          for (const id of ids) {
            const one = (await transaction.alerts.get(id)) ?? expect.fail(`no alert ${id}`);
            const by = { kind: "exception-author", name: "lena", exception: { id: "e", name: "Backup" } } as const;
            await changeStatus(transaction, one, { by, at: clock, to: "closed", reason: "exception", note: "Backup" });
            closed.push(one);
          }
          await noteClosedIncidents(transaction, closed, { ...change(""), reason: "exception", note: "Backup" });
        });
      await closeBy(["b1"]);
      expect(await work("b")).toMatchObject({ closed: { actor: "lena", reason: "exception", note: "Backup" } });
      await add(alert({ id: "b2", processKey: "b2", rootKey: "b", time: 9 }));
      expect((await work("b"))?.reopened).toMatchObject({ alertId: "b2" });
      await transition("a", { to: "open", note: "again", scope: { kind: "incident" } });
      await closeBy(["a1", "a2"]);
      expect((await work("a"))?.closed).toBeUndefined();
    });

    it("are not reopened by building blocks, closed alerts, or alerts of others", async () => {
      await add(
        alert({ id: "a4", processKey: "a4", rootKey: "a", buildingBlock: true }),
        alert({ id: "a5", processKey: "a5", rootKey: "a", status: "closed", closeReason: "benign" }),
        alert({ id: "b2", processKey: "b2", rootKey: "b" }),
      );
      expect(await reopening("a")).toBeUndefined();
      expect(await audit("incident.reopened")).toEqual([]);
    });

    it.each([
      ["an open alert comes to them", "a", ["b1"], "a"],
      ["their alerts come to an open incident", "b", ["a1", "a2", "a3"], "b"],
      ["both come to a third lineage", "z", ["a1", "b1", "a2", "a3"], "z"],
    ] as const)("are reopened when %s", async (_, root, ids, key) => {
      await moveTo(root, ...ids);
      expect(await reopening(key)).toBe("b1");
      expect(await audit("incident.reopened")).toHaveLength(1);
    });

    it("stay closed when all of their alerts get another root", async () => {
      await moveTo("z", "a1", "a2", "a3");
      expect(await work("z")).toMatchObject({ closed: { reason: "benign", overridden: true }, reopened: undefined });
    });

    it("are open while they are merged with an open one, and closed again when that is undone", async () => {
      const before = await work("a");
      const into = ok(await merge("a", "b"));
      expect(await reopening(into)).toBe("b1");
      ok(await unmerge(into));
      expect(await work("a")).toEqual(before);
    });

    it("are closed again when the alert that reopened them is split off", async () => {
      await add(alert({ id: "a4", processKey: "a4", rootKey: "a" }));
      ok(await split("a", "a4"));
      expect(await work("a")).toMatchObject({ closed: { reason: "benign", overridden: true }, reopened: undefined });
    });
  });

  describe("whose status changes", () => {
    const statuses = async () => Object.fromEntries((await all()).map(({ id, status }) => [id, status]));

    it("change in the scope alone, with the exact number", async () => {
      const of = (scope: Parameters<typeof transition>[1]["scope"]) => transition("a", { ...close, scope });
      expect(ok(await of({ kind: "process", key: "a2" }))).toBe(1);
      expect(ok(await of({ kind: "alerts", ids: ["a1", "a2", "b1", "nobody"] })), "a2 is closed already").toBe(1);
      expect(await statuses()).toEqual({ a1: "closed", a2: "closed", a3: "open", b1: "open", c1: "open" });
      expect(await work("a")).toMatchObject({ closed: undefined });
      expect(await of({ kind: "alerts", ids: ["b1"] })).toMatchObject({ error: { code: "incident.nothing-in-scope" } });
      expect(ok(await of({ kind: "incident" }))).toBe(1);
      expect(await of({ kind: "incident" })).toMatchObject({ error: { code: "workflow.same-status" } });
      expect(await work("a")).toMatchObject({ closed: { actor: "lena" } });
      const counts = (await audit("incident.transition")).map(({ after }) => after);
      expect(counts).toMatchObject([{ alerts: 1 }, { alerts: 1 }, { alerts: 1 }]);
      expect(await audit("alert.transition")).toHaveLength(3);
    });

    it("write everything or nothing", async () => {
      const before = [await all(), (await store.audit.page({ limit: 1 })).total];
      let puts = 0;
      const failing: Store = {
        ...store,
        write: (run) =>
          store.write((transaction) =>
            run({
              ...transaction,
              alerts: {
                ...transaction.alerts,
                async put(one) {
                  puts += 1;
                  if (puts === 3) {
                    throw new Error("disk full");
                  }
                  await transaction.alerts.put(one);
                },
              },
            }),
          ),
      };
      const closing = transitionIncident(failing, playbooks, { ...change("a"), request: close });
      await expect(closing).rejects.toThrow("disk full");
      expect([await all(), (await store.audit.page({ limit: 1 })).total]).toEqual(before);
      expect(await work("a")).toBeUndefined();
    });

    it("are refused on the version that was read before a removed alert was restored", async () => {
      ok(await member("a2", true));
      const expected = [await versionOf(store.audit, await incidentSubject(store, "a"))];
      ok(await member("a2", false));
      const closing = await transitionIncident(store, playbooks, { ...change("a"), expected, request: close });
      expect(closing).toMatchObject({ error: { code: "request.conflict" } });
    });

    it("leave alone an alert that left the incident after it was read", async () => {
      const racing: Store = {
        ...store,
        async write(run) {
          ok(await member("a3", true));
          return store.write(run);
        },
      };
      expect(ok(await transitionIncident(racing, playbooks, { ...change("a"), request: close }))).toBe(2);
      expect(await statuses()).toMatchObject({ a1: "closed", a2: "closed", a3: "open" });
    });

    it.each([
      ["somebody closed a part", () => transition("a", { ...close, scope: { kind: "alerts", ids: ["a1"] } })],
      ["somebody split it", () => split("a", "a1")],
      ["another one was merged into it", async () => merge("a", "b")],
      ["an alert was removed from it", async () => member("a2", true)],
    ])("are refused on the version that was read before %s", async (_, other) => {
      await tagIncident(store, change("a"), ["seen"]);
      const expected = [await versionOf(store.audit, await incidentSubject(store, "a"))];
      const result: { readonly ok: boolean; readonly value?: unknown } = await other();
      const moved = result.value;
      expect(result.ok).toBe(true);
      const key = typeof moved === "string" && moved.startsWith("merged:") ? moved : "a";
      const closing = await transitionIncident(store, playbooks, { ...change(key), expected, request: close });
      expect(closing).toMatchObject({
        error: { code: "request.conflict", conflict: { changed: [{ actor: "lena" }] } },
      });
    });

    it("are not refused because of a comment or a tag", async () => {
      await tagIncident(store, change("a"), ["seen"]);
      const expected = [await versionOf(store.audit, await incidentSubject(store, "a"))];
      await commentOnIncident(store, change("a"), "look");
      expect(ok(await transitionIncident(store, playbooks, { ...change("a"), expected, request: close }))).toBe(3);
    });

    it("are not those of building blocks, whose alerts change by themselves", async () => {
      await add(alert({ id: "block", processKey: "a4", rootKey: "a", buildingBlock: true }));
      await transition("a", close);
      const before = await work("a");
      const request = { to: "closed", reason: "benign", note: "other", override } as const;
      ok(await transitionAlert(store, playbooks, { ...change("a"), alertId: "block", request }));
      expect(await work("a")).toEqual(before);
    });
  });
});
