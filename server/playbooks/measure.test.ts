import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { isIntrusion } from "../sample/ground-truth.ts";
import { type LabelledAlert, type Measured, measureChecks } from "./measure.ts";

describe("measured checks", () => {
  let world: WorkbenchStore;
  let measured: Measured;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
    const labelled: LabelledAlert[] = [];
    for await (const alert of world.store.alerts.each({})) {
      labelled.push({ alert, truth: isIntrusion(noon, alert.time, alert.user?.name) ? "attack" : "benign" });
    }
    measured = await measureChecks(world.store, world.playbooks, labelled, { clock: () => 0 });
  }, 60_000);
  afterAll(() => world.close());

  it("are counted on attacks and on benign alerts", () => {
    expect(measured.alerts["process-execution-via-wmi"]).toEqual({ attack: 9, benign: 20 });
    const check = measured.checks.find(({ check: id }) => id === "shell-or-interpreter");
    expect(check?.holds).toEqual({ attack: 9, benign: 0 });
    const step = measured.steps.find(({ playbook, step: id }) => playbook === check?.playbook && id === check.step);
    expect(step?.suggested).toMatchObject({ raises: { attack: 9, benign: 0 }, none: { attack: 0, benign: 20 } });
  });

  it("never hold on all alerts of both kinds in the sample, as far as there are several", () => {
    const useless = measured.checks.filter(({ playbook, holds }) => {
      const all = measured.alerts[playbook] ?? { attack: 0, benign: 0 };
      return all.attack > 2 && all.benign > 2 && holds.attack === all.attack && holds.benign === all.benign;
    });
    expect(useless).toEqual([]);
  });

  it("lower concern on no alert of the intrusion", () => {
    expect(measured.checks.filter(({ suggests, holds }) => suggests === "lowers" && holds.attack > 0)).toEqual([]);
  });
});
