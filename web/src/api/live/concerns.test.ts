import { describe, expect, it } from "vitest";
import type { Change } from "#contracts/changes";
import { isFollowing, rereadAfter } from "./concerns.ts";

const incidentOf = (alertId: string) => (alertId === "of k" ? "k" : undefined);
const ofK: Change = { kind: "incident", key: "k", by: ["Tom"] };
const alerts: Change = { kind: "alerts" };
const key = (route: string, params: Readonly<Record<string, string>> = {}) => [route, params, {}, {}];
const wait = (change: Change, route: string, params?: Readonly<Record<string, string>>) =>
  rereadAfter(change, key(route, params), incidentOf);

describe("what a change concerns", () => {
  it("is the incident with its questions, and the alerts that are known to be in it", () => {
    for (const [route, params] of [
      ["incident", { key: "k" }],
      ["incidentQuestions", { key: "k" }],
      ["alert", { id: "of k" }],
      ["playbook", { id: "of k" }],
    ] as const) {
      expect([route, wait(ofK, route, params)]).toEqual([route, 300]);
    }
    expect(wait(ofK, "incident", { key: "other" })).toBeUndefined();
    expect(wait(ofK, "playbook", { id: "of another" })).toBeUndefined();
    expect(wait(ofK, "queue")).toBeUndefined();
  });

  it("is the queue at once, and what is expensive to read not often, when alerts change", () => {
    const [queue = Number.NaN, incident = Number.NaN, hosts = Number.NaN] = [
      wait(alerts, "queue"),
      wait(alerts, "incident", { key: "k" }),
      wait(alerts, "hosts"),
    ];
    expect(queue).toBeLessThan(incident);
    expect(incident).toBeLessThan(hosts);
  });

  it("is a part of the page by its subject", () => {
    expect(wait({ kind: "subject", subject: "person" }, "people")).toBeDefined();
    expect(wait({ kind: "subject", subject: "exception" }, "people")).toBeUndefined();
    for (const [subject, routes] of [
      ["exception", ["exceptions", "exception"]],
      ["rule", ["rules", "rule", "ruleNames"]],
      ["rule-folder", ["rules", "rule", "ruleFolders"]],
      ["person", ["people", "ownAccount"]],
      ["service-token", ["serviceTokens"]],
    ] as const) {
      for (const route of routes) {
        expect([subject, route, wait({ kind: "subject", subject }, route)]).toEqual([subject, route, 1_000]);
      }
    }
    expect(wait({ kind: "subject", subject: "alert" }, "proposals")).toBeDefined();
    expect(wait({ kind: "subject", subject: "delivery" }, "deliveries")).toBeDefined();
    expect(wait({ kind: "subject", subject: "batch" }, "batches")).toBeDefined();
    expect(wait(alerts, "batches")).toBeDefined();
  });

  it("is all that follows the stream when everything may have changed, and never what does not", () => {
    for (const route of ["queue", "incident", "alert", "people", "audit"]) {
      expect(wait({ kind: "everything" }, route)).toBeDefined();
      expect(isFollowing(key(route))).toBe(true);
    }
    for (const route of ["me", "work", "toString", "__proto__"]) {
      expect(wait({ kind: "everything" }, route)).toBeUndefined();
      expect(isFollowing(key(route))).toBe(false);
    }
  });
});
