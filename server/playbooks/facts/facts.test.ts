import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../../test/factories/workbench-store.ts";
import { changeStatus } from "../../alert/change-status.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { createDetector } from "../../detection/detector.ts";
import { readRules } from "../../detection/rule-files/load.ts";
import { textOf } from "../../event/event.ts";
import { ok } from "../../lib/result.ts";
import { ingest } from "../../pipeline/ingest.ts";
import { alertContext } from "../alert-fields.ts";
import { earlierAnswersOf } from "../earlier-answers.ts";
import { suggestAnswer } from "../suggest.ts";
import { fieldsOfChecks, withFacts } from "./facts.ts";

const cases = join(import.meta.dirname, "../../../../shared/cases");
const here = existsSync(cases);
const reason = here ? "" : " (skipped: no ../shared)";

const everyGroup = ["recurrence", "similar", "prevalence", "logon", "related"].map((name) => `stemma.${name}.any`);

const { rules } = readRules([
  {
    file: "encoded.toml",
    source: "encoded.toml",
    text: ok(
      `[metadata]
[rule]
rule_id = "6c1f1f5e-2d7c-4f5c-9a3e-5d1f0a9b7c11"
name = "Encoded command"
type = "eql"
language = "eql"
severity = "medium"
risk_score = 47
query = 'process where event.type == "start" and process.args : "-EncodedCommand"'
`,
    ),
  },
]);

describe("facts about an alert", () => {
  let world: WorkbenchStore;
  beforeEach(async () => {
    world = await openWorkbenchStore();
  });
  afterEach(() => world.close());

  const factsOf = async (alert: AlertRecord): Promise<Readonly<Record<string, unknown>>> => {
    const { fields } = await withFacts(world.store, await alertContext(world.store, alert), everyGroup);
    return Object.fromEntries(
      Object.entries(fields).filter(([name]) => /^stemma\.(recurrence|similar|prevalence|logon|related)\./.test(name)),
    );
  };
  const alerts = async (): Promise<readonly AlertRecord[]> =>
    (await world.store.alerts.find({ order: "oldest-first", limit: 200 })).items;
  const close = (closed: readonly AlertRecord[], why: "benign" | "true-positive") =>
    world.store.write(async (transaction) => {
      for (const alert of closed) {
        await changeStatus(transaction, alert, {
          by: { kind: "analyst", name: "lena" },
          at: noon,
          to: "closed",
          reason: why,
        });
      }
    });
  const lineOf = ({ fields }: AlertRecord) => textOf(fields, "process.command_line") ?? "";
  const last = (all: readonly AlertRecord[]): AlertRecord => {
    const alert = all.at(-1);
    if (alert === undefined) {
      throw new Error("no alert");
    }
    return alert;
  };

  it("are read only for checks that name one of them", async () => {
    await world.take({ sampleAt: noon });
    const context = await alertContext(world.store, last(await alerts()));
    expect(await withFacts(world.store, context, ["process.name", "stemma.decoded"])).toBe(context);
    const { fields } = await withFacts(world.store, context, ["stemma.similar.benign"]);
    expect(Object.keys(fields).filter((name) => /^stemma\.(similar|recurrence|logon)/.test(name))).toEqual([
      "stemma.similar.benign",
      "stemma.similar.malicious",
    ]);
  });

  it("count a habit by days, so that an intruder who repeats a command has none", async () => {
    for (const day of [-4, -3, -2, -1, 0]) {
      await world.take({ sampleAt: noon + day * 86_400_000 });
    }
    const all = await alerts();
    const inventory = last(
      all.filter((alert) => lineOf(alert).includes("swlist.exe") && alert.host.startsWith("srv-02")),
    );
    const facts = await factsOf(inventory);
    expect(facts["stemma.recurrence.days"]).toBeGreaterThanOrEqual(2);
    expect(facts["stemma.recurrence.same_template_30d"]).toBeGreaterThan(10);
    expect(facts["stemma.recurrence.hosts"]).toBe(2);
    await world.close();
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
    const once = last((await alerts()).filter((alert) => lineOf(alert).includes("swlist.exe")));
    expect(await factsOf(once)).toMatchObject({ "stemma.recurrence.days": 0, "stemma.similar.benign": 0 });
  });

  it("remember how exactly this was closed before, and not what came later", async () => {
    await world.take({ sampleAt: noon });
    const same = (await alerts()).filter(
      (alert) => lineOf(alert).includes("collect.cmd") && alert.rule.name.startsWith("Process Execution"),
    );
    await close(same, "benign");
    const counts = await Promise.all(same.map(async (alert) => (await factsOf(alert))["stemma.similar.benign"]));
    expect(counts).toEqual(same.map((_, index) => index));
    await close(
      (await alerts()).filter(({ user }) => user?.name === "adm-lena"),
      "true-positive",
    );
    const intruder = (await alerts()).filter((alert) => lineOf(alert).includes("del C:\\Windows\\Temp\\nw.bin"));
    const facts = await factsOf(last(intruder));
    expect(facts).toMatchObject({ "stemma.similar.benign": 0 });
    expect(facts["stemma.related.malicious"]).toBeGreaterThan(5);
  });

  describe.skipIf(!here)(`on an encoded command with another payload${reason}`, () => {
    const folder = join(cases, "46-memory-of-another-payload");
    const take = (name: string) =>
      ingest({
        store: world.store,
        detector: createDetector(rules),
        paths: [join(folder, name)],
        actor: { name: "test" },
        clock: () => noon,
      });

    it("say that only the wrapper is known, so what was benign does not lower concern", async () => {
      await take("benign.ndjson");
      const known = (await alerts()).filter(({ rule }) => rule.name === "Encoded command");
      expect(known).toHaveLength(3);
      await close(known, "benign");
      await take("evil.ndjson");
      const evil = last((await alerts()).filter(({ status }) => status === "open"));
      expect(evil.commandTemplate).toBe(known[0]?.commandTemplate);
      expect(await factsOf(evil)).toMatchObject({
        "stemma.similar.benign": 0,
        "stemma.recurrence.same_template_30d": 0,
        "stemma.recurrence.other_payload_30d": 3,
      });
      const playbook = world.playbooks.forAlert(evil);
      if (playbook === undefined) {
        throw new Error("no playbook");
      }
      const context = await alertContext(world.store, evil);
      const suggested = async (step: string) =>
        suggestAnswer(playbook, step, await withFacts(world.store, context, fieldsOfChecks(playbook, step)), new Map());
      expect((await suggested("behaviour"))?.value).toBe("raises");
      const history = await suggested("history");
      expect(history?.value).toBe("unresolved");
      expect(history?.because.join(" ")).toContain("but with another payload: 3 times");
    });

    it("list the earlier answers with the payload that they were about", async () => {
      await take("benign.ndjson");
      const known = await alerts();
      await world.store.write(async ({ triage }) => {
        for (const { id } of known) {
          await triage.putAnswer(id, {
            stepId: "behaviour",
            value: "lowers",
            note: "Ansible.",
            evidence: [],
            actor: "lena",
            at: new Date(noon).toISOString(),
          });
        }
      });
      await take("evil.ndjson");
      const evil = last(await alerts());
      const { items, total, payload } = await earlierAnswersOf(world.store, world.playbooks, evil);
      expect(total).toBe(3);
      expect(payload.join()).toContain("DownloadString");
      for (const item of items) {
        expect(item.differs).toEqual(["payload"]);
        expect(item.payload.join()).not.toContain("DownloadString");
        expect(item.answers).toMatchObject([{ topic: "behaviour", value: "lowers", actor: "lena" }]);
      }
    });
  });
});
