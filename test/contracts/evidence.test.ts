import { expect, it } from "vitest";
import { incidentKey } from "../../server/alert/incident-key.ts";
import { bundleOf } from "../../server/evidence/bundle.ts";
import { bundleFiles } from "../../server/evidence/files.ts";
import { verifyBundle } from "../../server/evidence/verify.ts";
import type { Store } from "../../server/store/port.ts";
import { copyStore } from "../../server/store/snapshot/copy.ts";
import { noon, openWorkbenchStore } from "../factories/workbench-store.ts";
import { describeNeo4j } from "../neo4j/lease.ts";
import { neo4jOfThisRun } from "./stores.ts";

describeNeo4j("a bundle", () => {
  it("is the same file from SQLite and from Neo4j", async () => {
    const sqlite = await openWorkbenchStore();
    const neo4j = await neo4jOfThisRun();
    try {
      await sqlite.take({ sampleAt: noon });
      const copied = await copyStore(sqlite.store, neo4j.store, { onProgress: () => undefined });
      expect(copied.ok).toBe(true);
      const { items } = await sqlite.store.alerts.find({ buildingBlock: false, limit: 500 });
      const keys = [...Map.groupBy(items, incidentKey)].toSorted((a, b) => b[1].length - a[1].length);
      const rules = new Map(sqlite.rules.map((rule) => [rule.id, rule]));
      const fileFrom = async (store: Store, key: string) => {
        const content = { rules, playbooks: sqlite.playbooks, version: "test" };
        const made = await bundleOf(store, content, { key, at: noon, actor: { name: "lena" } });
        return made.ok ? bundleFiles(made.value).html.text : made.error;
      };
      for (const [key] of keys.slice(0, 2)) {
        const expected = await fileFrom(sqlite.store, key);
        expect(typeof expected).toBe("string");
        expect(await fileFrom(neo4j.store, key)).toEqual(expected);
        expect(verifyBundle(Buffer.from(String(expected))).ok).toBe(true);
      }
    } finally {
      await neo4j.dispose();
      await sqlite.close();
    }
  }, 300_000);
});
