import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { ok } from "../../lib/result.ts";
import { createCorrelationEngine } from "../correlation/engine.ts";
import { readRules } from "./load.ts";

const text = `name: many
id: many
version: 1
search: >-
  | tstats fillnull_value=null count dc(Processes.process) as lines from datamodel=Endpoint.Processes
  where Processes.process_name=net.exe by Processes.user Processes.process_name _time span=1m
  | \`drop_dm_object_name(Processes)\` | where count >= 3 AND lines > 1 AND user != "svc"
`;

const started = (second: number, user: string | undefined, line: string) => {
  const fields: Fields = {
    "event.category": ["process"],
    "event.type": "start",
    "process.name": "NET.exe",
    "process.command_line": line,
    ...(user === undefined ? {} : { "user.name": user }),
  };
  return { id: `${user} ${second}`, time: 6_000_000 + second * 1000, fields };
};

describe("Splunk rules that count the events of rows", () => {
  const { rules, files } = readRules([{ file: "a.yml", source: "a.yml", text: ok(text) }]);
  const engine = createCorrelationEngine(rules);

  it("find each row that reaches its numbers, in slots of time and by the by-fields", () => {
    const run = engine.start();
    const events = [
      // Three within a minute, but not within one slot.
      ...[50, 55, 65].map((second) => started(second, "a", `net ${second}`)),
      // Three within a slot; a fourth belongs to it.
      ...[120, 121, 179, 178].map((second) => started(second, "a", `net ${second}`)),
      // Not different enough.
      ...[240, 241, 242].map((second) => started(second, "a", "net")),
      // Without a user they are one row together; that one is left out by the search.
      ...[300, 301, 302].map((second) => started(second, undefined, `net ${second}`)),
      ...[300, 301, 302].map((second) => started(second, "svc", `net ${second}`)),
    ];
    for (const event of events) {
      run.apply(event, engine.match(event));
    }
    const found = run.collectFindings(Number.POSITIVE_INFINITY).findings;
    expect(files).toMatchObject([{ state: "evaluable" }]);
    expect(found.map(({ tuple, finding: { occurrences } }) => [tuple, occurrences.map(({ id }) => id)])).toEqual([
      ['["a","NET.exe"]', ["a 120", "a 121", "a 178", "a 179"]],
      ['[null,"NET.exe"]', ["undefined 300", "undefined 301", "undefined 302"]],
    ]);
  });
});
