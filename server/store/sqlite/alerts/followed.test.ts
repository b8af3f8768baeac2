import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { queueQuery } from "#contracts/queue";
import { alert } from "../../../../test/factories/alerts.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import type { Store } from "../../port.ts";
import { openSqliteStore } from "../store.ts";

const change = fc.record({
  id: fc.integer({ min: 0, max: 11 }),
  root: fc.integer({ min: 0, max: 3 }),
  rule: fc.integer({ min: 0, max: 2 }),
  host: fc.constantFrom("ws-1", "ws-2"),
  status: fc.constantFrom("open", "acknowledged", "closed"),
  time: fc.integer({ min: 1_000, max: 1_005 }),
  buildingBlock: fc.boolean(),
  tactic: fc.constantFrom("Discovery", "Execution"),
  riskScore: fc.integer({ min: 1, max: 3 }),
});

type Change = typeof change extends fc.Arbitrary<infer Made> ? Made : never;

function made({ id, root, rule, status, tactic, ...given }: Change): AlertRecord {
  const one = alert({ id: `alert-${id}`, processKey: `process-${id}`, rootKey: `root-${root}`, status, ...given });
  return {
    ...one,
    closeReason: status === "closed" ? "benign" : undefined,
    rule: { ...one.rule, id: `rule-${rule}` },
    techniques: [{ id: tactic, name: tactic, tactic }],
    commandTemplate: `command ${rule}`,
  };
}

async function opened(path: string, readOnly: boolean): Promise<Store> {
  const store = await openSqliteStore(path, { readOnly });
  if (!store.ok) {
    throw new Error(store.error.message);
  }
  return store.value;
}

const queries = [
  {},
  { status: ["open"], sort: "latest" },
  { tactic: ["Execution"], buildingBlocks: true },
  { from: new Date(1_002).toISOString(), sort: "size" },
].map((query) => queueQuery.parse(query));

describe("pages of the queue", () => {
  it("are the same whether their incidents are followed or read anew", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(change, { minLength: 1, maxLength: 4 }), { maxLength: 6 }), async (writes) => {
        const folder = mkdtempSync(join(tmpdir(), "stemma-followed-"));
        const path = join(folder, "stemma.db");
        const store = await opened(path, false);
        try {
          for (const changes of writes) {
            await store.write(async ({ alerts }) => {
              for (const one of changes) {
                await alerts.put(made(one));
              }
              const [first] = changes;
              if (first !== undefined && first.id % 3 === 0) {
                await alerts.rekey(new Map([[`process-${first.id}`, `process-${(first.id + 1) % 12}`]]));
              }
              const [state] = (await alerts.states(["alert-5"])).values();
              if (state !== undefined) {
                await alerts.putState({ ...state, status: "escalated", closeReason: undefined });
                await alerts.rankLater(state.incidentKey);
              }
            });
            const anew = await opened(path, true);
            for (const query of queries) {
              expect(await store.alerts.queue(query)).toEqual(await anew.alerts.queue(query));
            }
            await anew.close();
          }
        } finally {
          await store.close();
          rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: 15 },
    );
  });
});
