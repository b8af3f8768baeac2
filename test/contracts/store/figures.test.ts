import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadContent } from "../../../server/cli/open.ts";
import { ingestLines } from "../../../server/pipeline/ingest-lines.ts";
import { sampleCapture } from "../../../server/sample/generate.ts";
import { noon } from "../../factories/workbench-store.ts";
import { describeStores, type TestStore } from "../stores.ts";

const repository = resolve(import.meta.dirname, "../../..");

describeStores("figures", (open) => {
  let test: TestStore;
  beforeEach(async () => {
    test = await open();
  });
  afterEach(() => test.dispose());

  it("agree with what is stored", async () => {
    const { store } = test;
    const empty = await store.figures();
    expect(empty).toMatchObject({ events: 0, alerts: 0 });
    expect(empty.newestEvent).toBeUndefined();
    const { detector } = await loadContent({ ruleFolders: [join(repository, "rules")], playbookFolders: [] });
    const capture = { file: "sample.ndjson", lines: sampleCapture(noon) };
    await ingestLines(store, detector, capture, { actor: { name: "test" }, now: () => noon });
    const coverage = await store.events.coverage({});
    expect(await store.figures()).toMatchObject({
      events: await store.events.count(),
      newestEvent: Math.max(...coverage.map(({ to }) => Date.parse(to ?? ""))),
      alerts: (await store.alerts.find({ limit: 1 })).total,
    });
  });
});
