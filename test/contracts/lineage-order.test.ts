import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProcessNode } from "#contracts/lineage";
import type { StemmaEvent } from "../../server/event/event.ts";
import { history, inBatches } from "../factories/histories.ts";
import { type Graph, sqliteLineage } from "../factories/lineage.ts";

/** More runs look deeper: `LINEAGE_RUNS=5000`. */
const RUNS = Number(process.env["LINEAGE_RUNS"] ?? 150);

async function graphOf(batches: readonly (readonly StemmaEvent[])[]): Promise<Graph> {
  const lineage = await sqliteLineage();
  for (const batch of batches) {
    await lineage.apply(...batch);
  }
  const graph = await lineage.graph();
  await lineage.close();
  return graph;
}

/** Analysts choose the last candidate of every ambiguous parent. */
async function choicesIn({ processes }: Graph): Promise<readonly (readonly [string, string])[]> {
  return processes.flatMap(({ key, parent }) => {
    const choice = parent?.candidates?.at(-1);
    return choice === undefined ? [] : [[key, choice] as const];
  });
}

describe("the graph", () => {
  it(
    "depends on the set of events only, not on their order or batches",
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async ({ events, shuffled, sizes }) => {
          expect(await graphOf(inBatches(shuffled, sizes))).toEqual(await graphOf([events]));
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 1000,
  );

  it(
    "with analysts' choices of parents does not depend on when they were made",
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async ({ events, shuffled, sizes }) => {
          const choices = await choicesIn(await graphOf([events]));
          const after = await sqliteLineage();
          await after.apply(...events);
          await after.choose(choices);
          const during = await sqliteLineage();
          for (const batch of inBatches(shuffled, sizes)) {
            await during.apply(...batch);
            await during.choose(choices);
          }
          expect(await during.graph()).toEqual(await after.graph());
          await during.close();
          await after.close();
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 1000,
  );

  it(
    "never loses a key: that of a replaced placeholder leads to what the rows that referred to it refer to now",
    async () => {
      await fc.assert(
        fc.asyncProperty(history, async ({ shuffled, sizes }) => {
          const lineage = await sqliteLineage();
          const keys = new Set<string>();
          const children = new Map<string, Set<string>>();
          const exits = new Map<string, Set<StemmaEvent>>();
          for (const batch of inBatches(shuffled, sizes)) {
            const { processOf } = await lineage.apply(...batch);
            const { processes } = await lineage.graph();
            const placeholders = new Set(processes.filter(isPlaceholder).map(({ key }) => key));
            for (const { key, parent } of processes) {
              keys.add(key);
              if (parent !== undefined && placeholders.has(parent.key)) {
                children.set(parent.key, (children.get(parent.key) ?? new Set()).add(key));
              }
            }
            for (const event of batch) {
              const key = processOf.get(event.id);
              if (key !== undefined && placeholders.has(key)) {
                exits.set(key, (exits.get(key) ?? new Set()).add(event));
              }
            }
          }
          const { reader } = lineage;
          for (const key of keys) {
            const leadsTo = (await reader.process(key))?.key;
            expect(leadsTo, `${key} leads to no process`).toBeDefined();
            const named = await Promise.all([...(children.get(key) ?? [])].map((child) => reader.process(child)));
            const ended = await Promise.all([...(exits.get(key) ?? [])].map((exit) => reader.processOf(exit)));
            const known = [...named.map((child) => child?.parent?.key), ...ended.map((owner) => owner?.key)];
            // The edge at which a cycle is broken is not shown.
            if (leadsTo !== key && known.length > 0 && !known.includes(undefined)) {
              expect(known).toContain(leadsTo);
            }
          }
          await lineage.close();
        }),
        { numRuns: RUNS },
      );
    },
    RUNS * 1000,
  );
});

function isPlaceholder({ placeholder, entityId }: ProcessNode): boolean {
  return placeholder && entityId === undefined;
}
