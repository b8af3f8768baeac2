import { describe, expect, it } from "vitest";
import { agentStart, rowOf, securityStart } from "../../../test/factories/facts.ts";
import type { ProcessRow } from "../process-row.ts";
import type { RowChange } from "./record-facts.ts";
import { resolveRecords } from "./resolve-records.ts";

const byKey = (...rows: readonly ProcessRow[]) => new Map(rows.map((row) => [row.key, row]));
const added = (after: ProcessRow): RowChange => ({ before: undefined, after });
const agent = rowOf(agentStart({ pid: 1, entityId: "a" }));
const security = rowOf(securityStart({ at: 400, pid: 1 }));

describe("resolving records", () => {
  it("joins a new record with a stored one; both are saved, and the process is resolved with both records", () => {
    const { rows, restarted, rekeyed } = resolveRecords([added(agent)], byKey(agent, security));
    const shown = { ...agent, duplicate: security.key };
    expect(rows.get(agent.key)).toEqual(shown);
    expect(rows.get(security.key)).toMatchObject({ mergedInto: agent.key });
    expect(restarted.find(({ row }) => row.key === agent.key)).toMatchObject({
      row: shown,
      duplicate: { key: security.key },
    });
    expect(rekeyed).toEqual(new Map([[security.key, agent.key]]));
  });

  it("resolves and saves the process that is shown when its hidden record changes", () => {
    const shown = { ...agent, duplicate: security.key };
    const before = { ...security, mergedInto: agent.key };
    const another = securityStart({ at: 500, pid: 1 });
    const after = { ...before, facts: { ...before.facts, starts: [...before.facts.starts, another] } };
    const { rows, restarted } = resolveRecords([{ before, after }], byKey(shown, after));
    expect(restarted.map(({ row }) => row.key)).toEqual([security.key, agent.key]);
    expect(rows.get(agent.key)).toEqual(shown);
  });

  it("resolves the histories of pids around rows before and after, and around their duplicates", () => {
    const before = { ...agent, facts: { ...agent.facts, starts: [] } };
    const { moved } = resolveRecords([{ before, after: agent }], byKey(agent, security));
    expect(moved.slice(0, 2)).toEqual([before, agent]);
    expect(new Set(moved.map(({ key }) => key))).toEqual(new Set([agent.key, security.key]));
  });

  it("saves rows without a new start, but does not resolve them again", () => {
    const change = { before: agent, after: { ...agent, sessionKey: "s" } };
    expect(resolveRecords([change], new Map())).toMatchObject({
      rows: byKey(change.after),
      restarted: [],
      moved: [],
    });
  });
});
