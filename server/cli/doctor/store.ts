import { existsSync, statSync } from "node:fs";
import type { Config } from "../../config.ts";
import { StoreFailure } from "../../store/failure.ts";
import type { Store } from "../../store/port.ts";
import { problemsOfEnd } from "../../triage/audit-notes.ts";
import { checkWhole } from "../check.ts";
import { inspectStore, openStore } from "../open.ts";
import { bad, type Check, good, ofProblem, sizeText } from "./check.ts";

const GiB = 1024 ** 3;
/** A larger file is checked for damage only on request: the check reads all of it. */
const largestQuick = 2 * GiB;
/** A log that nothing writes back into the database for long. */
const largeLog = GiB;
/** Differences between clocks that make times in the audit trail and the order of events doubtful, in milliseconds. */
const clockTolerance = 2_000;
const futureTolerance = 300_000;

/** The store: whether it opens, is sound and can be written to; and its clock. `now` is in epoch milliseconds. */
export async function checkStore(config: Config, full: boolean, now: () => number): Promise<readonly Check[]> {
  const isFile = !config.store.includes("://");
  if (isFile && !existsSync(config.store)) {
    return [good("store", `${config.store} does not exist yet; serve and ingest create it`)];
  }
  const size = isFile ? statSync(config.store).size : 0;
  const checked = full || size <= largestQuick;
  const inspected = await inspectStore(config, checked, now);
  if (!inspected.ok) {
    return [ofProblem("store", "fail", inspected.error)];
  }
  const { value } = inspected;
  if (value.kind === "neo4j") {
    return [
      good("store", `${config.store}: ${value.agent}`),
      value.unwritable === undefined
        ? good("store rights", "the user can write")
        : bad("store rights", "fail", value.unwritable, "Give the user the right to write and to create indexes."),
      clockOfServer(value.clockAhead),
      ...(await contentChecks(config, full, now)),
    ];
  }
  const log = `${sizeText(value.walBytes)} of write-ahead log`;
  return [
    value.damage.length > 0
      ? bad("store", "fail", `${config.store} is damaged: ${value.damage[0]}`, "Restore it from a backup.")
      : good("store", `${config.store}, ${sizeText(size)}: ${checked ? "sound" : "opens"}`),
    ...(checked ? [] : [bad("store check", "warn", "too large to read for damage", "Run stemma doctor --full.")]),
    value.walBytes < largeLog
      ? good("store log", log)
      : bad("store log", "warn", log, "It shrinks when the server or the ingest that uses the store ends."),
    good(
      "locks",
      [value.isServing ? "a server runs" : "no server runs", ...(value.isIngesting ? ["an ingest runs"] : [])].join(
        ", ",
      ),
    ),
    ...(await contentChecks(config, full, now)),
  ];
}

/** What is in the store. With `full`, everything that `stemma check` looks at. */
async function contentChecks(config: Config, full: boolean, now: () => number): Promise<readonly Check[]> {
  const opened = await openStore(config, { readOnly: true });
  if (!opened.ok) {
    const { code, message } = opened.error;
    // A Neo4j without data, which `inspectStore` accepts.
    return [code === "store.not-found" ? good("data", message) : ofProblem("data", "fail", opened.error)];
  }
  const { value: store } = opened;
  try {
    return [
      ...(await attempt("data", () => dataChecks(store, now))),
      ...(await (full
        ? attempt("store content", () => wholeChecks(store))
        : attempt("audit trail", () => trailChecks(store)))),
    ];
  } finally {
    await store.close();
  }
}

/** Checks of what is stored; damage there must not end all others. */
async function attempt(name: string, checks: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await checks();
  } catch (error) {
    if (!(error instanceof StoreFailure)) {
      throw error;
    }
    return [ofProblem(name, "fail", error.problem)];
  }
}

/** The newest event must not be ahead of the clock here. */
async function dataChecks(store: Store, now: () => number): Promise<readonly Check[]> {
  const { events, alerts, newestEvent } = await store.figures();
  const ahead = newestEvent === undefined ? 0 : newestEvent - now();
  const future = `the newest event is ${Math.round(ahead / 60_000)} minutes in the future`;
  return [
    good("data", `${events} events, ${alerts} alerts`),
    ...(ahead > futureTolerance
      ? [bad("event times", "warn", future, "Check the clock here and those of the sources.")]
      : []),
  ];
}

/** What a server says about the end of the audit trail when it starts: it starts all the same. */
async function trailChecks({ audit }: Store): Promise<readonly Check[]> {
  const [head, noted] = await Promise.all([audit.head(), audit.noted()]);
  const problems = problemsOfEnd(head, noted);
  return problems.length === 0
    ? [good("audit trail", head === undefined ? "empty" : `ends with record ${head.sequence}`)]
    : problems.map((problem) => ofProblem("audit trail", "warn", problem));
}

async function wholeChecks(store: Store): Promise<readonly Check[]> {
  const options = { onProgress: () => undefined, signal: new AbortController().signal, noted: [] };
  const { findings, warnings } = await checkWhole(store, options);
  return [
    findings.length === 0
      ? good("store content", "every value can be read, and the audit trail is intact")
      : bad("store content", "fail", `${findings.length} findings`, "Run stemma check to see them."),
    ...warnings.map((problem) => ofProblem("audit trail", "warn", problem)),
  ];
}

function clockOfServer(ahead: number): Check {
  const detail = `the clock of the store is ${Math.abs(ahead)} ms ${ahead < 0 ? "behind" : "ahead of"} this one`;
  return Math.abs(ahead) <= clockTolerance
    ? good("store clock", detail)
    : bad("store clock", "warn", detail, "Synchronise both clocks (NTP): leases and the audit trail compare times.");
}

/** The clock of this machine. */
export function checkClock(now: number): Check {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const detail = `${new Date(now).toISOString()}, time zone ${zone}`;
  return new Date(now).getUTCFullYear() >= 2026
    ? good("clock", detail)
    : bad("clock", "fail", detail, "Set the clock of this machine.");
}
