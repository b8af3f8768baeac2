import { existsSync, statSync } from "node:fs";
import type { Config } from "../../config.ts";
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
      ...(await contentChecks(config, now)),
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
    ...(await contentChecks(config, now)),
    ...(full ? [await fullCheck(config)] : []),
  ];
}

/** Everything that `stemma check` looks at. */
async function fullCheck(config: Config): Promise<Check> {
  const opened = await openStore(config, { readOnly: true });
  if (!opened.ok) {
    return ofProblem("store content", "fail", opened.error);
  }
  try {
    const options = { onProgress: () => undefined, signal: new AbortController().signal, noted: [] };
    const { findings } = await checkWhole(opened.value, options);
    return findings.length === 0
      ? good("store content", "every value can be read, and the audit trail is intact")
      : bad("store content", "fail", `${findings.length} findings`, "Run stemma check to see them.");
  } finally {
    await opened.value.close();
  }
}

/** The newest event must not be ahead of the clock here. */
async function contentChecks(config: Config, now: () => number): Promise<readonly Check[]> {
  const opened = await openStore(config, { readOnly: true });
  if (!opened.ok) {
    // A Neo4j without data, which `inspectStore` accepts.
    return [good("data", opened.error.message)];
  }
  try {
    const { events, alerts, newestEvent } = await opened.value.figures();
    const ahead = newestEvent === undefined ? 0 : newestEvent - now();
    return [
      good("data", `${events} events, ${alerts} alerts`),
      ...(ahead > futureTolerance
        ? [
            bad(
              "event times",
              "warn",
              `the newest event is ${Math.round(ahead / 60_000)} minutes in the future`,
              "Check the clock here and those of the sources.",
            ),
          ]
        : []),
    ];
  } finally {
    await opened.value.close();
  }
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
