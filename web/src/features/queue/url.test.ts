import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { queueQuery } from "#contracts/queue";
import { buildQueueUrl, parseQueueUrl, toggled } from "./url.ts";

const anyQuery = fc
  .record({
    group: fc.constantFrom("lineage", "rule", "host", "user", "none"),
    status: fc.subarray(["open", "acknowledged", "escalated", "closed"]),
    severity: fc.subarray(["low", "medium", "high", "critical"]),
    host: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 3 }),
    user: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 3 }),
    text: fc.option(fc.string({ minLength: 1, maxLength: 20 }), { nil: undefined }),
    buildingBlocks: fc.boolean(),
  })
  .map((raw) => queueQuery.parse(raw));

describe("the URL of the queue", () => {
  it("gives the same view back that was put in", () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        expect(parseQueueUrl(buildQueueUrl(query))).toEqual(query);
      }),
    );
  });

  it("is empty for the default view", () => {
    expect(buildQueueUrl(queueQuery.parse({})).toString()).toBe("");
  });

  it("opens with what can be understood when a part of it is mistyped", () => {
    const query = parseQueueUrl(new URLSearchParams("group=nonsense&host=srv-02"));
    expect(query.group).toBe("lineage");
    expect(query.host).toEqual(["srv-02"]);
  });

  it("toggles a filter on and off", () => {
    const on = toggled(queueQuery.parse({}), "severity", "high");
    expect(on.severity).toEqual(["high"]);
    expect(toggled(on, "severity", "high").severity).toEqual([]);
  });
});
