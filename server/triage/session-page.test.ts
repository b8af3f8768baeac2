import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import type { SessionPage } from "../contracts/pivot.ts";
import { sessionPageOf } from "./session-page.ts";
import { userPageOf } from "./user-page.ts";

const capture = resolve(import.meta.dirname, "../../../shared/telemetry/wmic-node");
const skipped = !existsSync(capture);

describe.skipIf(skipped)(`the pages of a remote WMIC call${skipped ? " (skipped: no ../shared)" : ""}`, () => {
  let world: WorkbenchStore;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take([capture]);
  });
  afterAll(() => world.close());

  const pageOf = async (host: string, logonId: string): Promise<SessionPage> => {
    const sessions = await world.store.lineage.sessions({ hosts: [host], limit: 500 });
    const session = sessions.items.find((candidate) => candidate.logonId === logonId);
    const page = session === undefined ? undefined : await sessionPageOf(world.store, session.key);
    if (page === undefined) throw new Error(`no session ${logonId} on ${host}`);
    return page;
  };

  it("list the outbound logons of the calling session with the sessions that they opened", async () => {
    const page = await pageOf("workstation5.theshire.local", "0x2cc013");
    expect(page.processes.items.map(({ name }) => name)).toEqual(["WMIC.exe"]);
    expect(page.outboundLogons.map(({ logon, session }) => [logon.kind, logon.targetHost, session?.logonId])).toEqual([
      ["opened", "workstation6.theshire.local", "0x55100b"],
      ["opened", "workstation6.theshire.local", "0x551603"],
      ["opened", "workstation6.theshire.local", "0x551686"],
    ]);
    const opened = page.outboundLogons.find(({ session }) => session?.logonId === "0x551686");
    expect(opened?.session?.openedBy?.recordId).toBe("56034");
    expect(page.outboundLogonNotes).toEqual([]);
  });

  it("list none for the session of another account that was open on the same host", async () => {
    expect((await pageOf("workstation5.theshire.local", "0x7ed5aa")).outboundLogons).toEqual([]);
  });

  it("show the logons of an account under both spellings of its domain", async () => {
    const page = await userPageOf(world.store, "THESHIRE\\pgustavo");
    const opened = page?.logons.items.filter(({ kind }) => kind === "opened") ?? [];
    expect(opened.map(({ source }) => source.recordId).sort()).toEqual(["55877", "56031", "56034"]);
    expect(new Set(opened.map(({ user }) => user?.domain))).toEqual(new Set(["THESHIRE.LOCAL"]));
    expect(page?.logons.items.filter(({ kind }) => kind === "closed")).toHaveLength(3);
  });
});
