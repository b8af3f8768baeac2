import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { type EstateHost, MARKED_NAME, windowsRecordsOf, winlogbeatOf } from "./estate.ts";
import { markedRule } from "./estate-store.ts";
import type { Recorder } from "./load-clicks.ts";
import type { Client } from "./load-client.ts";
import { stemma } from "./load-server.ts";

/** Repeats requests one after the other until it is stopped. */
async function repeat(stop: AbortSignal, work: (round: number) => Promise<unknown>): Promise<void> {
  for (let round = 0; !stop.aborted; round += 1) {
    await work(round);
  }
}

/** Searches that no column answers: each reads all events. The first finds nothing, the other one in ten processes. */
export function search(client: Client, recorder: Recorder, kind: "nothing" | "some", stop: AbortSignal): Promise<void> {
  return repeat(stop, (round) =>
    recorder.record([client.call("/hunt", { method: "POST", body: scan(kind, round), signal: stop })]),
  );
}

/** The round is part of the search, so that no answer is reused. */
export function scan(kind: "nothing" | "some", round: number) {
  const pattern = kind === "nothing" ? `*--nothing${round}*--run*` : `*--task g?orn --run *${round % 10}`;
  return { language: "eql", query: `any where process.command_line : "${pattern}"` };
}

/** Dry runs of exceptions for the rule of all alerts: one by host, the other by a part of the command line. */
export function dryRun(client: Client, recorder: Recorder, kind: "host" | "command", stop: AbortSignal): Promise<void> {
  const common = { operator: "included", case: "insensitive" } as const;
  const entry =
    kind === "host"
      ? { type: "match", field: "host.name", value: "server.estate.example", ...common }
      : { type: "wildcard", field: "process.command_line", value: "*--task g?orn *", ...common };
  return repeat(stop, (round) => {
    const draft = {
      name: `load ${round}`,
      reason: "load",
      ruleIds: [markedRule.id],
      entries: [entry],
      mode: "enforced",
    };
    return recorder.record([client.call("/exceptions/dry-run", { method: "POST", body: draft, signal: stop })]);
  });
}

/** Rules as files: one for all alerts of the store, which the server loads, and one for new alerts. */
export function writeRules(folder: string) {
  const written = (name: string, id: string, condition: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "rule.toml"), ruleFile(id, condition));
    return join(folder, name);
  };
  return {
    server: written("server-rules", markedRule.id, `event.code == "1"`),
    ingest: written("ingest-rules", "bench-live", `event.code == "1" and process.name == "${MARKED_NAME}"`),
  };
}

function ruleFile(id: string, condition: string): string {
  return `[metadata]
creation_date = "2024/01/01"
updated_date = "2024/01/01"
maturity = "production"
[rule]
author = ["bench"]
description = "Starts of the generated estate."
language = "eql"
license = "none"
name = "${id}"
risk_score = 50
rule_id = "${id}"
severity = "medium"
type = "eql"
version = 1
query = '''
process where ${condition}
'''
`;
}

export interface IngestOptions {
  readonly checkout: string;
  readonly store: string;
  readonly rules: string;
  /** Records per second at most. */
  readonly rate: number;
}

export interface IngestFigures {
  readonly state: string;
  readonly events: number;
  readonly alerts: number;
  readonly eventsPerSecond: number;
}

const summary = z.object({ state: z.string(), events: z.number(), alerts: z.number() });

/** `stemma ingest -` that reads ever new records until it is stopped. */
export async function ingestLive(
  { checkout, store, rules, rate }: IngestOptions,
  stop: AbortSignal,
): Promise<IngestFigures> {
  const child = stemma(checkout, ["ingest", "-", "--db", store, "--rules", rules, "--json"]);
  let printed = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const ended = once(child, "exit");
  const start = performance.now();
  await feed(child, rate, stop);
  const seconds = (performance.now() - start) / 1000;
  await ended;
  const { state, events, alerts } = summary.parse(JSON.parse(printed));
  return { state, events, alerts, eventsPerSecond: Math.round(events / seconds) };
}

/** Milliseconds between pieces of the input. */
const PIECE = 100;

/** Writes lines at a steady rate, but no faster than they are read. */
async function feed({ stdin }: ChildProcess, rate: number, stop: AbortSignal): Promise<void> {
  if (stdin === null) {
    throw new Error("the ingest has no input");
  }
  // An ingest that ends early is seen by its exit.
  stdin.on("error", () => undefined);
  const lines = liveLines();
  const start = performance.now();
  for (let written = 0; !stop.aborted; ) {
    const due = Math.floor(((performance.now() - start + PIECE) * rate) / 1000);
    const piece: string[] = [];
    for (; written < due && piece.length < rate; written += 1) {
      piece.push(`${lines.next().value}\n`);
    }
    if (!stdin.write(piece.join(""))) {
      await once(stdin, "drain", { signal: stop }).catch(() => undefined);
    }
    await setTimeout(PIECE, undefined, { signal: stop }).catch(() => undefined);
  }
  stdin.end();
}

/** Far above the numbers of the stored estate. */
const FIRST_LIVE = 100_000;

/** Records of ever more hosts. */
function* liveLines(): Generator<string, never> {
  for (let number = FIRST_LIVE; ; number += 1) {
    const host: EstateHost = { name: `live-${number}.estate.example`, kind: "workstation", number, processes: 1_000 };
    for (const records of windowsRecordsOf(host, host.processes)) {
      for (const record of records) {
        yield JSON.stringify(winlogbeatOf(record));
      }
    }
  }
}
