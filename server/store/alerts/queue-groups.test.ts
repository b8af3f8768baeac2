import { describe, expect, it } from "vitest";
import { foldGroups } from "./queue-groups.ts";

describe("groups of the queue", () => {
  it("add up their rows and keep the highest figures, most severe first, then the latest", () => {
    const row = (host: string, severity: number, risk: number, latest: number, alerts: number) => ({
      user: undefined,
      host,
      severity,
      risk,
      latest,
      alerts,
    });
    const rows = [row("a", 1, 21, 5, 2), row("b", 2, 47, 1, 1), row("A", 2, 47, 3, 4), row("c", 2, 47, 3, 1)];
    expect(foldGroups(rows, ({ host }) => host.toLowerCase())).toEqual([
      { key: "a", severity: 2, risk: 47, latest: 5, alerts: 6 },
      { key: "c", severity: 2, risk: 47, latest: 3, alerts: 1 },
      { key: "b", severity: 2, risk: 47, latest: 1, alerts: 1 },
    ]);
  });
});
