import type { ExceptionRecord } from "#contracts/exception";
import type { AlertRecord } from "../../server/alert/record.ts";
import type { Condition } from "../../server/condition/tree.ts";
import { wildcard } from "../../server/condition/tree.ts";
import type { Rule } from "../../server/detection/rule.ts";

/** A rule with plain defaults. */
export function rule(given: Partial<Rule> & { readonly condition?: Condition } = {}): Rule {
  const { condition = wildcard("process.name", "*"), ...rest } = given;
  return {
    id: "rule-1",
    name: "Rule one",
    version: "1",
    language: "eql",
    description: "",
    severity: "high",
    riskScore: 70,
    buildingBlock: false,
    tags: [],
    author: [],
    references: [],
    falsePositives: [],
    techniques: [{ id: "T1047", name: "Windows Management Instrumentation", tactic: "Execution" }],
    query: "",
    source: "test",
    body: { kind: "event", condition },
    ...rest,
  };
}

/** An alert as it is stored, with plain defaults. */
export function alert(given: Partial<AlertRecord> = {}): AlertRecord {
  const id = given.id ?? "alert-1";
  const time = given.time ?? Date.UTC(2024, 4, 6, 9);
  return {
    rule: { id: "rule-1", name: "Rule one", version: "1", language: "eql" },
    severity: "high",
    riskScore: 70,
    buildingBlock: false,
    techniques: [{ id: "T1047", name: "Windows Management Instrumentation", tactic: "Execution" }],
    message: "something ran",
    detectedAt: time + 1000,
    host: "host-a",
    status: "open",
    sources: [{ eventId: `event-of-${id}`, file: "test", time: new Date(time).toISOString() }],
    fields: Object.assign(Object.create(null), { "process.name": "cmd.exe" }),
    ...given,
    id,
    time,
  };
}

/** An enforced exception of rule-1 for one user, with plain defaults. */
export function exception(given: Partial<ExceptionRecord> = {}): ExceptionRecord {
  return {
    id: "exception-1",
    name: "Inventory service",
    reason: "known",
    ruleIds: ["rule-1"],
    entries: [{ type: "match", field: "user.name", value: "alice", operator: "included", case: "sensitive" }],
    mode: "enforced",
    createdAt: "2024-05-06T00:00:00.000Z",
    version: 1,
    createdBy: "tester",
    hits: 0,
    breadth: { score: 10, level: "narrow", reasons: [] },
    ...given,
  };
}
