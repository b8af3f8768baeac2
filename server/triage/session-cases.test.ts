import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alert } from "../../test/factories/alerts.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import type { ProcessNode } from "../contracts/lineage.ts";
import { alertContext } from "../playbooks/alert-fields.ts";
import { neighbourhoodOf } from "./neighbourhood.ts";
import { relatedProcessesOf } from "./related-processes.ts";
import { sessionPageOf } from "./session-page.ts";

const cases = resolve(import.meta.dirname, "../../../shared/cases");
const skipped = !existsSync(cases);

describe.skipIf(skipped)(`captures with one fault each${skipped ? " (skipped: no ../shared)" : ""}`, () => {
  let world: WorkbenchStore;
  beforeEach(async () => {
    world = await openWorkbenchStore();
  });
  afterEach(() => world.close());

  const processes = async (): Promise<readonly ProcessNode[]> => {
    const hosts = (await world.store.lineage.hosts()).map(({ host }) => host);
    return (await world.store.lineage.processesIn({ hosts, limit: 100 })).items;
  };
  const processOf = async (pid: number): Promise<ProcessNode> => {
    const found = (await processes()).find((node) => node.pid === pid);
    if (found === undefined) throw new Error(`no process ${pid}`);
    return found;
  };
  const pageOf = async (node: ProcessNode) => {
    const page = await sessionPageOf(world.store, node.sessionKey ?? "");
    if (page === undefined) throw new Error("no session");
    return page;
  };

  it("find the parent by pid and time if its name is a SID, and call no process so", async () => {
    await world.take([resolve(cases, "05-sid-as-parent-name")]);
    const [parent, child, orphan] = [await processOf(0x5dc), await processOf(0x1770), await processOf(0x1771)];
    expect(child.parent).toMatchObject({ key: parent.key, certainty: "pid-time" });
    const around = await neighbourhoodOf(world.store, orphan.key, 50);
    expect(JSON.stringify(around?.nodes.map(({ name, executable }) => [name, executable]))).not.toContain("S-1-16");
    expect(around?.nodes.some(({ placeholder, pid }) => placeholder && pid === 0x1e61)).toBe(true);
  });

  it("lead from the elevated half of a logon to the filtered one, and cover both", async () => {
    await world.take([resolve(cases, "14-elevated-pair")]);
    const [cmd, mail] = [await processOf(2200), await processOf(2100)];
    const page = await pageOf(cmd);
    expect(page.session).toMatchObject({ logonId: "0x8a010", elevated: true, linkedLogonId: "0x8a020" });
    expect(page.linked?.session).toMatchObject({ key: mail.sessionKey, elevated: false });
    expect(page.linked?.processes.items.map(({ pid }) => pid).toSorted()).toEqual([2000, 2100]);
    expect((await pageOf(mail)).linked?.session).toMatchObject({ key: cmd.sessionKey, elevated: true });
    // Two logons need not be of the same second to name each other.
    expect((await pageOf(await processOf(2500))).linked?.session).toMatchObject({ logonId: "0x8b020" });
    const around = await neighbourhoodOf(world.store, cmd.key, 50);
    const own = around?.sessions.find(({ key }) => key === cmd.sessionKey);
    expect(around?.sessions.find(({ key }) => key === own?.linkedKey)).toMatchObject({ logonId: "0x8a020" });
    const related = await relatedProcessesOf(world.store.lineage, cmd.key, { limit: 50 });
    const reasons = related?.items.find(({ process }) => process.key === mail.key)?.reasons ?? [];
    expect(reasons.map(({ why }) => why)).toContain("runs in the filtered half of the same logon, 0x8a020");
    const { fields } = await alertContext(
      world.store,
      alert({ processKey: cmd.key, host: cmd.host, sources: [...cmd.sources] }),
    );
    expect(fields["stemma.session.logon_id"]).toEqual(["0x8a010", "0x8a020"]);
    for (const name of [
      "stemma.session.logon_id_spellings",
      "process.Ext.authentication_id",
      "winlog.event_data.LogonId",
    ]) {
      expect(fields[name]).toEqual(expect.arrayContaining(["0x8a010", "0x8a020", "0x000000000008a020"]));
    }
  });

  it("are two sessions if two boots used one logon id and no logon was recorded", async () => {
    await world.take([resolve(cases, "22-logon-id-again-without-4624")]);
    const dump = (await processes()).find(({ name }) => name === "rundll32.exe");
    const page = await pageOf(dump ?? (await processOf(2200)));
    expect(page.session.user?.name).toBe("boris");
    expect(new Set(page.processes.items.map(({ user }) => user?.name))).toEqual(new Set(["boris"]));
    const first = (await processes()).find(({ user }) => user?.name === "anna");
    const former = await pageOf(first ?? (await processOf(2100)));
    expect(former.processes.items.map(({ user }) => user?.name)).toEqual(["anna", "anna"]);
    expect(former.session.until).toBe("2026-03-11T10:00:00.000Z");
  });

  for (const file of ["in.ndjson", "in.xml"]) {
    it(`say that a process has two times, and join it with its parent and its exit (${file})`, async () => {
      const { warnings } = await world.take([resolve(cases, "31-utctime-off", file)]);
      expect(warnings).toMatchObject([{ code: "record.two-times", message: expect.stringContaining("1 record has") }]);
      const [parent, child] = [await processOf(2000), await processOf(2100)];
      expect(child).toMatchObject({
        start: "2026-03-10T09:00:30.000Z",
        startBySourceClock: "2026-03-05T09:00:00.000Z",
        end: "2026-03-10T09:01:00.000Z",
        parent: { key: parent.key, certainty: "exact" },
      });
      expect(parent.startBySourceClock).toBeUndefined();
    });
  }
});
