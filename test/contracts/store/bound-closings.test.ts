import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { batchRequest } from "#contracts/batch";
import { incidentTransitionRequest } from "#contracts/incident";
import type { Answer } from "#contracts/playbook";
import type { AlertRecord } from "../../../server/alert/record.ts";
import { answersFor } from "../../../server/playbooks/asked.ts";
import type { Playbook, Playbooks, Step } from "../../../server/playbooks/playbook.ts";
import type { SuggestAnswers } from "../../../server/playbooks/suggested.ts";
import type { Store } from "../../../server/store/port.ts";
import { startBatch, undoBatch } from "../../../server/triage/batch/batches.ts";
import { runBatch } from "../../../server/triage/batch/run.ts";
import { answerAlert, answerIncident, incidentQuestionsOf } from "../../../server/triage/incident/questions.ts";
import { transitionIncident } from "../../../server/triage/incident/transition.ts";
import { alert } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

const why = "The vendor confirmed it by telephone";
const step = (id: string, about: Step["about"] = "process"): Step => ({
  ...{ id, question: `${id}?`, topic: id, about, focus: [], hints: [], raises: [], lowers: [] },
  ...{ anchor: true, clears: true, required: true, queryIds: [], osquery: [], details: [] },
});
const playbook = (decision: Playbook["decision"]): Playbook => ({
  ...{ id: "p", title: "p", version: "1", source: "test", summary: "", file: "p.md", warnings: [] },
  ...{ origin: { kind: "playbook" }, applies: { ruleIds: [], techniques: [], tags: [], fallback: true }, decision },
  ...{ steps: [step("capture"), step("scope", "session")], queries: [], checks: [], closingPolicy: [] },
  ...{ falsePositives: [], checklists: [], texts: [], relatedRules: [] },
});
const of = (one: Playbook): Playbooks => ({
  all: [one],
  overrides: [],
  ruleOf: () => undefined,
  get: () => one,
  forAlert: () => one,
  choicesFor: () => [],
  forRule: () => ({ playbook: one, because: { kind: "fallback" } }),
});
const single = of(playbook({ benign: "anchors", secondAnalyst: false }));
const fourEyes = of(playbook({ benign: "anchors", secondAnalyst: true }));

describeStores("closing that is bound to evidence", (open) => {
  let test: TestStore;
  let store: Store;
  let clock: number;
  let ids: number;
  beforeEach(async () => {
    test = await open();
    store = test.store;
    clock = T0;
    ids = 0;
  });
  afterEach(() => test.dispose());

  const newId = () => {
    ids += 1;
    return `id-${ids}`;
  };
  const by = (name = "lena") => {
    clock += 1000;
    return { actor: { name }, at: clock, newId };
  };
  const put = (...alerts: readonly AlertRecord[]) =>
    store.write(async (to) => {
      for (const one of alerts) {
        await to.alerts.put(one);
      }
    });
  const incident = (key: string, count: number) =>
    Array.from({ length: count }, (_, index) =>
      alert({ id: `${key}-${index}`, processKey: `${key}-p${index}`, rootKey: key, time: T0 + index }),
    );
  /** Suggests for subjects that contain one of these alerts. */
  const suggesting =
    (value: Answer["value"], ...alerts: readonly string[]): SuggestAnswers =>
    async (subjects) => ({
      ok: true,
      value: subjects.map((subject) =>
        subject.some((one) => alerts.includes(one.alert)) ? { value, because: ["seen"] } : undefined,
      ),
    });
  const transition = (playbooks: Playbooks, key: string, request: object, name = "lena") =>
    transitionIncident(store, playbooks, {
      ...{ key, ...by(name) },
      request: incidentTransitionRequest.parse({ to: "closed", ...request }),
    });
  const lower = async (playbooks: Playbooks, key: string, suggest: SuggestAnswers, note = why, name = "omar") => {
    for (const { id, processes } of (await incidentQuestionsOf(store, playbooks, key))?.questions ?? []) {
      const request = { value: "lowers" as const, note, evidence: [], processes: processes.map((one) => one.key) };
      const answered = await answerIncident(store, playbooks, { key, ...by(name), questionId: id, request }, suggest);
      if (!answered.ok) {
        return answered.error;
      }
    }
    return undefined;
  };
  const verdict = async (playbooks: Playbooks, key: string) =>
    (await incidentQuestionsOf(store, playbooks, key))?.verdict.outcome;

  describe("by conflicts", () => {
    it("marks them for each process, and keeps them with the answers", async () => {
      await put(...incident("a", 3));
      expect(await lower(single, "a", suggesting("raises", "a-1"), "ok")).toMatchObject({
        code: "playbook.reason-needed",
        message: expect.stringContaining("This holds for 1 of 3 processes."),
      });
      expect(await lower(single, "a", suggesting("raises", "a-1"))).toBeUndefined();
      const answers = await store.triage.answersOn(["a-0", "a-1", "a-2"]);
      const conflicts = (id: string) => answers.get(id)?.map(({ stepId, conflict }) => [stepId, conflict]);
      expect(conflicts("a-1")?.[0]).toEqual(["capture", true]);
      expect(conflicts("a-0")?.[0]).toEqual(["capture", undefined]);
      expect(answers.get("a-1")?.[0]?.suggested).toEqual({ value: "raises", because: ["seen"] });
      expect(await verdict(single, "a")).toBe("suspicious");
      expect(await transition(single, "a", { reason: "benign" })).toMatchObject({
        error: { code: "workflow.verdict-not-benign" },
      });
    });

    it("are those of everything that the answer counts for, at whichever alert it is given", async () => {
      const other = alert({ ...incident("a", 1)[0], id: "a-other", rule: { ...alert().rule, id: "other" } });
      await put(...incident("a", 1), other);
      const change = { stepId: "capture", request: { value: "lowers" as const, note: "", evidence: [] }, ...by() };
      const refused = await answerAlert(store, single, other, change, async (subjects) => {
        expect(subjects.flat().map((one) => one.alert)).toEqual(["a-0"]);
        return suggesting("raises", "a-0")(subjects);
      });
      expect(refused).toMatchObject({ code: "playbook.reason-needed" });
      expect(await answersFor(store, single, other)).toEqual([]);
    });

    it("is benign where the evidence says nothing against it", async () => {
      await put(...incident("a", 2));
      expect(await lower(single, "a", suggesting("lowers", "a-0"), "")).toBeUndefined();
      expect(await verdict(single, "a")).toBe("benign");
      expect(await transition(single, "a", { reason: "benign" })).toMatchObject({ ok: true });
      expect((await store.incidents.work(["a"])).get("a")?.closed).not.toHaveProperty("overridden");
    });
  });

  describe("by a second analyst", () => {
    it("takes somebody else than who answered, and an override is no way round", async () => {
      await put(...incident("a", 2), ...incident("b", 2));
      const refused = { error: { code: "workflow.second-analyst" } };
      expect(await transition(fourEyes, "a", { reason: "benign", override: why })).toMatchObject(refused);
      await lower(fourEyes, "a", suggesting("lowers"));
      expect(await transition(fourEyes, "a", { reason: "benign" }, "omar")).toMatchObject(refused);
      expect(await transition(fourEyes, "a", { reason: "false-positive", override: why }, "omar")).toMatchObject(
        refused,
      );
      expect(await transition(fourEyes, "a", { reason: "benign" }, "lena")).toMatchObject({ ok: true });
    });

    it("holds for batches: they leave what somebody else has to close", async () => {
      await put(...incident("a", 2), ...incident("b", 2));
      await lower(fourEyes, "a", suggesting("lowers"), why, "lena");
      const action = { kind: "close", reason: "benign", note: "", override: why };
      const done = await batch(fourEyes, action);
      expect(done.left).toMatchObject([{ code: "workflow.second-analyst", incidents: 2, alerts: 4 }]);
    });
  });

  const batch = async (playbooks: Playbooks, action: object) => {
    const request = batchRequest.parse({ action, of: [{ kind: "filter", filter: {} }] });
    const started = await startBatch(store, request, by());
    const { id, runner } = started.ok ? started.value : expect.fail(started.error.message);
    const now = () => {
      clock += 1;
      return clock;
    };
    const done = await runBatch(store, playbooks, { id, runner, actor: { name: "lena" }, clock: now, newId });
    return done.ok ? done.value : expect.fail(done.error.message);
  };

  describe("as duplicates", () => {
    it("leaves the original of a batch alone, and refuses one that does not exist", async () => {
      await put(...incident("a", 2), ...incident("b", 1));
      const action = { kind: "close", reason: "duplicate", note: "One scan that three rules saw", duplicateOf: "a-0" };
      const nowhere = batchRequest.parse({
        ...{ action: { ...action, duplicateOf: "nowhere" }, of: [{ kind: "filter", filter: {} }] },
      });
      expect(await startBatch(store, nowhere, by())).toMatchObject({ error: { code: "workflow.duplicate-invalid" } });
      const done = await batch(single, action);
      expect(done).toMatchObject({ changed: { alerts: 2 }, left: [{ code: "workflow.duplicate-invalid", alerts: 1 }] });
      const transitions = await store.triage.transitions(["a-1", "b-0"]);
      expect(transitions.map(({ duplicateOf }) => duplicateOf)).toEqual(["a-0", "a-0"]);
      expect((await store.incidents.work(["b"])).get("b")?.closed).toMatchObject({ duplicateOf: "a-0" });
    });

    it("keeps what an alert was closed against when a batch that reopened it is undone", async () => {
      await put(...incident("a", 1));
      await transition(single, "a", { reason: "benign", override: why });
      const reopened = await startBatch(
        store,
        batchRequest.parse({
          ...{ action: { kind: "reopen", note: "again" }, of: [{ kind: "alerts", ids: ["a-0"] }], scope: "alerts" },
        }),
        by(),
      );
      const { id, runner } = reopened.ok ? reopened.value : expect.fail();
      const run = { actor: { name: "lena" }, clock: () => clock, newId };
      await runBatch(store, single, { id, runner, ...run });
      const undone = await undoBatch(store, id, by());
      const undo = undone.ok ? undone.value : expect.fail();
      await runBatch(store, single, { id: undo.id, runner: undo.runner, ...run });
      const transitions = await store.triage.transitions(["a-0"]);
      expect(transitions.map(({ to, overridden }) => [to, overridden])).toEqual([
        ["closed", true],
        ["open", undefined],
        ["closed", true],
      ]);
      expect((await store.incidents.work(["a"])).get("a")?.closed).toMatchObject({ overridden: true });
    });
  });
});
