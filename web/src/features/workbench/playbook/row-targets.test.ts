import { describe, expect, it } from "vitest";
import type { QueryRun } from "#contracts/query-run";
import { readAddress } from "../url.ts";
import { huntOf, timelineOf, treeOf } from "./row-targets.ts";

const row = (rest: Partial<QueryRun["rows"][number]> = {}): QueryRun["rows"][number] => ({
  id: "ev-1",
  time: "2026-03-04T09:00:00.000Z",
  fields: { "host.name": "srv-02", "process.name": "net.exe", "process.pid": 12, "file.path": 'C:\\a "b".txt' },
  groups: [],
  ...rest,
});

describe("where a row is opened", () => {
  it("is the tree with its process selected, whatever was filtered, and nowhere without one", () => {
    const search = new URLSearchParams("step=command&find=cmd&only=alerts");
    expect(treeOf(search, row({ processKey: "p" }))?.toString()).toBe("step=command&node=p");
    expect(treeOf(search, row())).toBeUndefined();
  });

  it("is the timeline of its host in the minutes around it, with its event chosen", () => {
    const address = readAddress(timelineOf(new URLSearchParams("hide=file"), row()));
    expect(address.view).toBe("timeline");
    expect(address.lineage).toMatchObject({ around: "srv-02", event: "ev-1", hiddenKinds: new Set() });
    expect(address.lineage.span).toEqual({
      from: Date.parse("2026-03-04T08:55:00Z"),
      to: Date.parse("2026-03-04T09:05:00Z"),
    });
  });

  it("is for an alert the record that it was raised on", () => {
    const source = { eventId: "ev-9", file: "a.evtx", time: "2026-03-04T09:00:00.000Z" };
    const opened = timelineOf(new URLSearchParams(), row({ id: "al-1", alertId: "al-1", source }));
    expect(opened.get("event")).toBe("ev-9");
  });

  it("is a search of Hunt for the values that single it out", () => {
    const search = huntOf(row());
    expect(search.get("query")).toBe(
      'any where host.name == "srv-02" and process.pid == 12 and process.name == "net.exe" and file.path == "C:\\\\a \\"b\\".txt"',
    );
    expect([search.get("from"), search.get("to")]).toEqual(["2026-03-04T08:55:00.000Z", "2026-03-04T09:05:00.000Z"]);
    expect(huntOf(row({ fields: { "host.name": ["a", "b"] } })).get("query")).toBe("any where true");
  });
});
