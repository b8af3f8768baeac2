import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rule } from "../../test/factories/alerts.ts";
import { openWorkbenchStore, type WorkbenchStore } from "../../test/factories/workbench-store.ts";
import { and, equals } from "../condition/tree.ts";
import { dataSourceCoverageOf } from "./coverage.ts";
import { seenFieldsOf } from "./seen-fields.ts";

/** Records of a log of its own, each with another event code. */
function records(count: number): string {
  return Array.from({ length: count }, (_, index) =>
    JSON.stringify({
      EventTime: "2024-05-06 12:00:01",
      Hostname: "ws7.example.test",
      EventID: 10_000 + index,
      SourceName: "Made-Up",
      Channel: "Made-Up/Operational",
      RecordNumber: index,
    }),
  ).join("\n");
}

describe("the fields of stored events", () => {
  let world: WorkbenchStore;
  let folder: string;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    folder = mkdtempSync(join(tmpdir(), "stemma-seen-"));
    writeFileSync(join(folder, "many.json"), records(2_100));
    await world.take([folder]);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await world.close();
  });

  it.each([false, true])(
    "are of a sample where there are too many event types, read whole or not: %s",
    async (whole) => {
      const seen = await seenFieldsOf(world.store, { whole });
      expect(seen).toMatchObject({ sampled: 2_000, stored: 2_100 });
      expect(seen.kinds).toHaveLength(2_000);
      const codes = new Set(seen.kinds.map(({ code }) => code));
      const dropped = Array.from({ length: 2_100 }, (_, index) => String(10_000 + index)).find(
        (code) => !codes.has(code),
      );
      const condition = and(equals("winlog.channel", "Made-Up/Operational"), equals("event.code", dropped ?? ""));
      const { sentence } = dataSourceCoverageOf(rule({ condition }), seen);
      expect(sentence).toContain("no sampled event");
    },
  );
});
