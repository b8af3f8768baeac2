import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alert } from "../../../../test/factories/alerts.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import type { Store } from "../../port.ts";
import { openDatabase } from "../database.ts";
import { openSqliteStore } from "../store.ts";

const columns = "rule_id, host, user_key, status, severity, tactics, building_block, rule_name, user_label";

describe("the counts of alerts", () => {
  let folder: string;
  let store: Store;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "stemma-counts-"));
    const opened = await openSqliteStore(join(folder, "stemma.db"));
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    store = opened.value;
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  /** What the triggers have counted, and what counting again gives. */
  function counted() {
    const database = openDatabase(join(folder, "stemma.db"), { readOnly: true });
    if (!database.ok) {
      throw new Error(database.error.message);
    }
    const { reader, close } = database.value;
    const all = (from: string) => reader.prepare(`SELECT ${columns}, ${from} ORDER BY ${columns}`).all();
    const kinds = (from: string) => reader.prepare(`SELECT rule_id, shape, status, ${from} ORDER BY 1, 2, 3, 4`).all();
    const found = {
      kept: all("alerts FROM alert_counts"),
      again: all(`count(*) AS alerts FROM alerts GROUP BY ${columns}`),
      keptKinds: kinds("close_reason, alerts FROM alert_kinds WHERE alerts <> 0"),
      kindsAgain: kinds(
        `coalesce(close_reason, '') AS close_reason, count(*) AS alerts FROM alerts
         WHERE shape IS NOT NULL GROUP BY 1, 2, 3, 4`,
      ),
    };
    close();
    return found;
  }

  it("stay those of the alerts, whatever is added, changed, renamed and merged", async () => {
    const alerts = Array.from({ length: 40 }, (_, index): AlertRecord => {
      const made = alert({ id: `alert-${index}` });
      return {
        ...made,
        rule: { ...made.rule, id: `rule-${index % 3}` },
        host: `host-${index % 4}`,
        userKey: index % 5 === 0 ? undefined : `user-${index % 2}`,
        processKey: `process-${index}`,
        buildingBlock: index % 7 === 0,
        commandTemplate: index % 6 === 0 ? undefined : `command ${index % 3}`,
      };
    });
    const put = (changed: readonly AlertRecord[]) =>
      store.write(async (transaction) => {
        for (const one of changed) {
          await transaction.alerts.put(one);
        }
      });
    await put(alerts);
    expect(counted().kept.length).toBeGreaterThan(10);
    expect(counted().kept).toEqual(counted().again);
    await put(
      alerts.slice(5, 20).map((one) => ({ ...one, status: "closed" as const, closeReason: "benign" as const })),
    );
    await put(
      alerts.slice(10, 30).map((one) => ({ ...one, rule: { ...one.rule, name: "renamed" }, userKey: undefined })),
    );
    expect(counted().kept).toEqual(counted().again);
    await store.write(({ alerts: writer }) =>
      writer.rekey(
        new Map([
          ["process-1", "process-4"],
          ["process-2", "new"],
        ]),
      ),
    );
    const { kept, again, keptKinds, kindsAgain } = counted();
    expect(kept).toEqual(again);
    expect(keptKinds.length).toBeGreaterThan(3);
    expect(keptKinds).toEqual(kindsAgain);
    expect(kept.every((row) => Number(row["alerts"]) > 0)).toBe(true);
  });
});
