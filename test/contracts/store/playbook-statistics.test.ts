import { afterEach, beforeEach, expect, it } from "vitest";
import { incidentTransitionRequest } from "#contracts/incident";
import type { PlaybookStatistics } from "#contracts/playbook-statistics";
import type { AlertRecord } from "../../../server/alert/record.ts";
import type { Playbook, Playbooks, Step } from "../../../server/playbooks/playbook.ts";
import { playbookStatisticsOf } from "../../../server/playbooks/statistics/read.ts";
import type { SuggestAnswers } from "../../../server/playbooks/suggested.ts";
import type { Store } from "../../../server/store/port.ts";
import { answerAlert, answerIncident, incidentQuestionsOf } from "../../../server/triage/incident/questions.ts";
import { transitionIncident } from "../../../server/triage/incident/transition.ts";
import { commentOnIncident } from "../../../server/triage/incident/work.ts";
import { alert } from "../../factories/alerts.ts";
import { T0 } from "../../factories/events.ts";
import { describeStores, type TestStore } from "../stores.ts";

const DAY = 86_400_000;
const MINUTE = 60_000;
const why = "The vendor confirmed it by telephone";

const step = (id: string, about: Step["about"] = "process"): Step => ({
  ...{ id, question: `${id}?`, topic: id, about, focus: [], hints: [], raises: [], lowers: [] },
  ...{ anchor: true, clears: true, required: true, queryIds: [], osquery: [], details: [] },
});
const playbook = (id: string): Playbook => ({
  ...{ id, title: id, version: "1", source: "test", summary: "", file: "p.md", warnings: [] },
  ...{ origin: { kind: "playbook" }, applies: { ruleIds: [], techniques: [], tags: [], fallback: true } },
  decision: { benign: "anchors", secondAnalyst: false },
  ...{ steps: [step("capture"), step("scope", "session")], queries: [], checks: [], closingPolicy: [] },
  ...{ falsePositives: [], checklists: [], texts: [], relatedRules: [] },
});
const [ours, others] = [playbook("ours"), playbook("others")];
/** Alerts of the rule "other" have the playbook of others. */
const playbooks: Playbooks = {
  all: [ours, others],
  overrides: [],
  ruleOf: () => undefined,
  get: () => ours,
  forAlert: ({ rule }) => (rule.id === "other" ? others : ours),
  choicesFor: () => [],
  forRule: () => undefined,
};
const suggesting =
  (value?: "raises"): SuggestAnswers =>
  async (subjects) => ({ ok: true, value: subjects.map(() => value && { value, because: ["seen"] }) });

describeStores("reads of the statistics of a playbook", (open) => {
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

  const by = (name: string, minutes = 1) => {
    clock += minutes * MINUTE;
    const newId = () => {
      ids += 1;
      return `id-${ids}`;
    };
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
  const answer = async (key: string, name: string, value: "raises" | "lowers", suggest = suggesting()) => {
    for (const { id, processes } of (await incidentQuestionsOf(store, playbooks, key))?.questions ?? []) {
      const request = { value, note: why, evidence: [], processes: processes.map((one) => one.key) };
      expect(await answerIncident(store, playbooks, { key, ...by(name), questionId: id, request }, suggest)).toEqual({
        ok: true,
        value: undefined,
      });
    }
  };
  const close = (key: string, name: string, request: object) =>
    transitionIncident(store, playbooks, {
      ...{ key, ...by(name) },
      request: incidentTransitionRequest.parse({ to: "closed", scope: { kind: "incident" }, ...request }),
    });
  const statistics = (given: Partial<Parameters<typeof playbookStatisticsOf>[3]> = {}) =>
    playbookStatisticsOf(store, playbooks, ours, { period: "all", now: clock + 1, ...given });
  const counts = ({ steps }: PlaybookStatistics) =>
    steps.map(({ asked, answered, elsewhere, open: left }) => [asked, answered, elsewhere, left]);

  it("are nothing for a playbook that nobody walked", async () => {
    await put(...incident("a", 1));
    expect(await statistics()).toMatchObject({ truncated: false, alerts: { walked: 0 }, former: [] });
    expect(counts(await statistics())).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
  });

  it("are answers with their times, conflicts, closings and agreement", async () => {
    await put(...incident("a", 2), ...incident("b", 1));
    expect((await commentOnIncident(store, { key: "a", ...by("omar") }, "mine")).ok).toBe(true);
    await answer("a", "omar", "lowers");
    await answer("b", "lena", "lowers", suggesting("raises"));
    expect(await close("a", "lena", { reason: "benign" })).toEqual({ ok: true, value: 2 });
    expect(await close("b", "lena", { reason: "benign", override: why })).toEqual({ ok: true, value: 1 });
    const found = await statistics();
    expect(found.alerts).toMatchObject({
      ...{ walked: 3, open: 0, otherPlaybook: 0, overridden: 1 },
      closed: [{ reason: "benign", count: 3 }],
      verdicts: [
        { outcome: "suspicious", count: 1 },
        { outcome: "benign", count: 2 },
      ],
      secondAnalyst: { closed: 2, overridden: 0 },
    });
    const [capture] = found.steps;
    expect(capture).toMatchObject({
      ...{ asked: 3, answered: 3, againstSuggestion: 1, withoutData: 0 },
      time: { measured: 1, median: MINUTE, unpreceded: 1 },
      agreement: { pairs: 1, agreed: 1 },
    });
    expect(found.steps.map(({ time: { measured } }) => measured)).toEqual([1, 3]);
  });

  it("know that an answer counts for other alerts of its incident, whichever playbook it was given under", async () => {
    const [first, second] = incident("a", 2);
    const other = alert({ ...second, id: "other", rule: { ...alert().rule, id: "other" } });
    await put(...[first, second, other].filter((one) => one !== undefined));
    const give = (of: AlertRecord | undefined, stepId: string) =>
      answerAlert(
        store,
        playbooks,
        of ?? expect.fail("no alert"),
        { ...by("omar"), stepId, request: { value: "lowers", note: "", evidence: [] } },
        suggesting(),
      );
    expect(await give(second, "scope")).toBeUndefined();
    expect(await give(other, "capture")).toBeUndefined();
    expect(counts(await statistics())).toEqual([
      [1, 0, 1, 0],
      [1, 1, 0, 0],
    ]);
  });

  it("are those of a period, and of the newest alerts if there are too many", async () => {
    await put(...incident("a", 1), ...incident("b", 1));
    await answer("a", "omar", "lowers");
    clock += 60 * DAY;
    await answer("b", "omar", "lowers");
    expect((await statistics()).alerts.walked).toBe(2);
    expect(await statistics({ period: "30d" })).toMatchObject({ truncated: false, alerts: { walked: 1 } });
    expect((await statistics({ period: "90d" })).alerts.walked).toBe(2);
    const few = await statistics({ most: 1 });
    expect(few).toMatchObject({ truncated: true, alerts: { walked: 1 } });
    expect(few.from).toBeDefined();
  });

  it("are those of alerts under their present ids", async () => {
    await put(...incident("a", 1));
    await answer("a", "omar", "lowers");
    await store.write(({ alerts }) => alerts.rekey(new Map([["a-p0", "moved"]])));
    expect((await statistics()).steps.map(({ answered, open: left }) => [answered, left])).toEqual([
      [1, 0],
      [1, 0],
    ]);
  });
});
