import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AlertRecord } from "../alert/record.ts";
import { openStore } from "../cli/open.ts";
import { and, equals, wildcard } from "../condition/tree.ts";
import type { Config } from "../config.ts";
import { createDetector } from "../detection/detector.ts";
import type { Hit } from "../detection/rule.ts";
import { BadRequestError } from "../lib/bad-request-error.ts";
import type { AlertQuery } from "../store/alerts/port.ts";
import type { Store } from "../store/port.ts";
import { countsOf } from "../store/snapshot/copy.ts";
import { type Bench, rounded } from "./bench.ts";
import { emptyNeo4j } from "./estate-neo4j.ts";
import { writeAlerted, writeInBulk } from "./estate-sqlite.ts";
import { markedRule, raiseHits, writeEstate } from "./estate-store.ts";
import { openEmpty } from "./store.ts";
import { dropFromCache, type Spread, timed } from "./timing.ts";

/** Figures of one estate in one store; times in milliseconds. */
interface GraphFigures {
  readonly store: string;
  readonly processes: number;
  /** Size of the database file. */
  readonly bytes?: number;
  readonly buildSeconds: number;
  /** Reading the alert, its ancestors and first 200 related processes, with their alerts and sessions. */
  readonly open: Spread;
  /** The same with an empty page cache; absent where the system cannot drop it. */
  readonly openCold?: Spread;
  /** Average processes shown per alert: two estates are comparable when these are similar. */
  readonly shown: number;
  readonly related: RelatedFigures;
}

/** Finding the alerts within 48 hours of an alert. */
interface RelatedFigures {
  /** Alerts searched. */
  readonly alerts: number;
  readonly sameHost: Spread;
  readonly sameUser: Spread;
  /** The alerts of the same user by a condition, as playbooks search them. */
  readonly searched: Spread;
  /** Those with the same pid: an event value that narrows the search to few alerts. */
  readonly searchedEvent: Spread;
  /** Those with a part of a command line: every alert of the user must be evaluated. */
  readonly searchedText: Spread;
}

const SIZES = [10_000, 100_000];
const RELATIVES = 200;
/** Measured openings, and openings before them to warm up. */
const OPENINGS = 1_000;
const WARM_UP = 300;
const COLD = 200;
const WINDOW = 48 * 3_600_000;
const RELATED = 50;
/** Searches that must evaluate every alert. */
const EVALUATED = 100;
/** Alerts searched in the estate where every process has one. */
const ALERTS = 100_000;

/** Opening alerts in generated estates of growing size, and finding other alerts of their hosts and users. */
export const benchGraph: Bench = async ({ config, options, folder, report }) => {
  const sizes = sizesOf(options.text("sizes"));
  const figures: GraphFigures[] = [];
  const neo4j = options.text("store");
  if (neo4j !== undefined) {
    figures.push(...(await inNeo4j({ ...config, store: neo4j }, sizes, report)));
  }
  for (const processes of sizes) {
    const path = join(folder, `estate-${processes}.db`);
    figures.push(await inSqlite(path, processes, report));
    rmSync(path);
  }
  const alerted = await writeAlerted(join(folder, "alerts.db"), ALERTS);
  const related = await relatedTo(alerted, await inOrderOfIds(alerted));
  await alerted.close();
  const smallest = (of: GraphFigures) => figures.find(({ store }) => store === of.store);
  return {
    figures: { estates: figures, related },
    lines: [
      ...figures.flatMap((one) => linesOf(one, smallest(one))),
      `${related.alerts} alerts in ${SQLITE}`,
      ...linesOfRelated(related),
    ],
  };
};

const spreadText = ({ p50, p99, processor }: Spread) =>
  `p50 ${p50} ms, p99 ${p99} ms (processor ${processor} ms on average)`;

function linesOfRelated({
  sameHost,
  sameUser,
  searched,
  searchedEvent,
  searchedText,
}: RelatedFigures): readonly string[] {
  return [
    `  48 h, same host        ${spreadText(sameHost)}`,
    `  48 h, same user        ${spreadText(sameUser)}`,
    `  48 h, by condition     ${spreadText(searched)}`,
    `    and by event value   ${spreadText(searchedEvent)}`,
    `    and by part of text  ${spreadText(searchedText)}`,
  ];
}

function linesOf(one: GraphFigures, smallest: GraphFigures | undefined): readonly string[] {
  const ratio =
    smallest === undefined || one === smallest
      ? ""
      : `; ${rounded(one.open.p99 / smallest.open.p99)} × the smallest estate`;
  return [
    `${one.processes} processes, ${one.related.alerts} alerts in ${one.store}${one.bytes === undefined ? "" : `, ${Math.round(one.bytes / 1e6)} MB`}`,
    `  open an alert          ${spreadText(one.open)}, ${one.shown} shown${ratio}`,
    ...(one.openCold === undefined ? [] : [`  the same from disk     ${spreadText(one.openCold)}`]),
    ...linesOfRelated(one.related),
  ];
}

function sizesOf(text: string | undefined): readonly number[] {
  const sizes = text === undefined ? SIZES : text.split(",").map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size >= MIN_SIZE && size <= MAX_SIZE)) {
    const message = `--sizes must be whole numbers from ${MIN_SIZE} to ${MAX_SIZE}, separated by commas`;
    throw new BadRequestError({ code: "usage.value", message });
  }
  return sizes;
}
/** Fewer processes raise too few alerts to sample. */
const MIN_SIZE = 1_000;
const MAX_SIZE = 100_000_000;
const SQLITE = "SQLite";

async function inSqlite(path: string, processes: number, report: (text: string) => void): Promise<GraphFigures> {
  const start = performance.now();
  await (await openEmpty(path)).close();
  const hits = await writeInBulk(path, (write) => writeEstate(processes, createDetector([markedRule]), write));
  report(`${processes} processes written after ${secondsSince(start)} s`);
  const building = await openEmpty(path);
  const alerts = await raised(building, hits);
  const buildSeconds = secondsSince(start);
  report(`${alerts.length} alerts raised after ${buildSeconds} s`);
  await timed(picked(alerts, WARM_UP), ({ id }) => openAlert(building, id));
  await building.close();
  const cold = dropFromCache(path);
  const store = await openEmpty(path);
  const openCold = cold ? await timed(picked(alerts, COLD), ({ id }) => openAlert(store, id)) : undefined;
  const figures = await measure(store, alerts);
  await store.close();
  return { store: SQLITE, processes, bytes: statSync(path).size, buildSeconds, openCold, ...figures };
}

/** Measures in the given Neo4j, which must be empty: everything written is deleted after each size. */
async function inNeo4j(
  config: Config,
  sizes: readonly number[],
  report: (text: string) => void,
): Promise<readonly GraphFigures[]> {
  if (!config.store.includes("://")) {
    throw new BadRequestError({ code: "usage.value", message: "--store must be the address of a Neo4j (neo4j://…)" });
  }
  const opened = await openStore(config, { readOnly: false });
  if (!opened.ok) {
    throw new BadRequestError(opened.error);
  }
  const store = opened.value;
  const figures: GraphFigures[] = [];
  try {
    const hasData = Object.values(await countsOf(store)).some((count) => count > 0);
    if (hasData) {
      const message = `${store.description} is not empty; the benchmark would mix its data with what is stored`;
      throw new BadRequestError({ code: "store.not-empty", message, remedy: "Name an empty store." });
    }
    for (const processes of sizes) {
      try {
        figures.push(await inGivenStore(store, processes, report));
      } finally {
        await emptyNeo4j(config);
      }
    }
    return figures;
  } finally {
    await store.close();
  }
}

async function inGivenStore(store: Store, processes: number, report: (text: string) => void): Promise<GraphFigures> {
  const start = performance.now();
  const hits = await writeEstate(processes, createDetector([markedRule]), (work) =>
    store.write(({ lineage }) => work(lineage)),
  );
  const alerts = await raised(store, hits);
  const buildSeconds = secondsSince(start);
  report(`${processes} processes and ${alerts.length} alerts written after ${buildSeconds} s`);
  await timed(picked(alerts, WARM_UP), ({ id }) => openAlert(store, id));
  return { store: store.description, processes, buildSeconds, ...(await measure(store, alerts)) };
}

/** Raises the alerts of the hits; returns them in an order unrelated to hosts and time. */
async function raised(store: Store, hits: readonly Hit[]): Promise<readonly AlertRecord[]> {
  await raiseHits(store, hits);
  return inOrderOfIds(store);
}

async function inOrderOfIds(store: Store): Promise<readonly AlertRecord[]> {
  return (await allAlerts(store)).toSorted((left, right) => (left.id < right.id ? -1 : 1));
}

/** `count` alerts; in a small estate some are repeated. */
function picked(alerts: readonly AlertRecord[], count: number): readonly AlertRecord[] {
  return Array.from({ length: count }, (_, index) => alerts[index % alerts.length]).filter((one) => one !== undefined);
}

async function measure(
  store: Store,
  alerts: readonly AlertRecord[],
): Promise<Pick<GraphFigures, "open" | "shown" | "related">> {
  const opened = picked(alerts, OPENINGS);
  let shown = 0;
  await timed(opened, ({ id }) => openAlert(store, id));
  const open = await timed(opened, async ({ id }) => {
    shown += await openAlert(store, id);
  });
  return { open, shown: Math.round(shown / opened.length), related: await relatedTo(store, alerts) };
}

async function relatedTo(store: Store, alerts: readonly AlertRecord[]): Promise<RelatedFigures> {
  const sample = picked(alerts, OPENINGS);
  const search = (some: readonly AlertRecord[], query: (alert: AlertRecord) => Omit<AlertQuery, "limit">) =>
    timed(some, (alert) =>
      store.alerts.find({
        ...query(alert),
        from: alert.time - WINDOW / 2,
        to: alert.time + WINDOW / 2,
        limit: RELATED,
      }),
    );
  const ofUser = ({ user }: AlertRecord) => equals("user.name", user?.name ?? "", { caseInsensitive: true });
  return {
    alerts: alerts.length,
    sameHost: await search(sample, ({ host }) => ({ hosts: [host] })),
    sameUser: await search(sample, ({ userKey }) => ({ userKeys: userKey === undefined ? [] : [userKey] })),
    searched: await search(sample, (alert) => ({ condition: and(equals("event.kind", "signal"), ofUser(alert)) })),
    searchedEvent: await search(sample, (alert) => ({
      condition: and(ofUser(alert), equals("process.pid", Number(alert.fields["process.pid"]))),
    })),
    searchedText: await search(sample.slice(0, EVALUATED), (alert) => ({
      condition: and(ofUser(alert), wildcard("process.command_line", "*-enc*")),
    })),
  };
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}

/** Reads what the alert page shows. Returns the number of processes. */
async function openAlert(store: Store, id: string): Promise<number> {
  const alert = await store.alerts.get(id);
  const around = await store.lineage.neighbourhood(alert?.processKey ?? "", RELATIVES);
  if (around === undefined) {
    throw new Error(`the alert ${id} has no process`);
  }
  return around.nodes.length;
}

async function allAlerts(store: Store): Promise<readonly AlertRecord[]> {
  const alerts: AlertRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.alerts.find({ limit: 1_000, cursor });
    alerts.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return alerts;
}
