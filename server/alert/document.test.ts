import { describe, expect, it } from "vitest";
import type { AlertCorrelation } from "#contracts/alert";
import { alert } from "../../test/factories/alerts.ts";
import { alertDocument } from "./document.ts";

const correlation: AlertCorrelation = {
  measure: "count",
  asked: "3 or more events within 5 minutes",
  terms: [{ field: "user.name", value: "alice" }, { field: "source.ip" }],
  count: 7,
  from: "2024-05-06T09:00:00.000Z",
  to: "2024-05-06T09:04:00.000Z",
  reached: "2024-05-06T09:01:00.000Z",
  window: 300_000,
  counted: [
    { of: "events", count: 7, least: 3, values: [] },
    { of: "values", field: "host.name", count: 2, least: 2, values: ["a", "b"] },
  ],
  rules: [{ id: "r", name: "R", count: 7 }],
};

describe("the document of an alert about many events", () => {
  it("has a threshold's terms, cardinality, count and time under the names of Elastic's alerts", () => {
    expect(alertDocument(alert({ correlation }))).toMatchObject({
      "kibana.alert.threshold_result.terms.field": ["user.name"],
      "kibana.alert.threshold_result.terms.value": ["alice"],
      "kibana.alert.threshold_result.cardinality.field": ["host.name"],
      "kibana.alert.threshold_result.cardinality.value": [2],
      "kibana.alert.threshold_result.count": 7,
      "kibana.alert.threshold_result.from": "2024-05-06T09:00:00.000Z",
    });
  });

  it("has the terms that are new", () => {
    const document = alertDocument(
      alert({ correlation: { ...correlation, measure: "first", newTerms: ["alice"], counted: [] } }),
    );
    expect(document["kibana.alert.new_terms"]).toEqual(["alice"]);
    expect(document["kibana.alert.threshold_result.count"]).toBe(undefined);
  });

  it("has how many were held back, and over which time", () => {
    const held = {
      ...correlation,
      counted: [{ of: "events" as const, count: 7, least: 1, values: [] }],
      suppressed: { count: 6, duration: 300_000 },
    };
    const document = alertDocument(alert({ correlation: held }));
    expect(document).toMatchObject({
      "kibana.alert.suppression.terms.value": ["alice"],
      "kibana.alert.suppression.start": "2024-05-06T09:00:00.000Z",
      "kibana.alert.suppression.end": "2024-05-06T09:04:00.000Z",
      "kibana.alert.suppression.docs_count": 6,
    });
    expect(document["kibana.alert.threshold_result.count"]).toBe(undefined);
  });
});
