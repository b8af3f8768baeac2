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
import { inBulk, writeAlerted } from "./estate-sqlite.ts";
import { markedRule, raiseHits, writeEstate } from "./estate-store.ts";
import { openEmpty } from "./store.ts";
import { forgetPages, type Spread, timed } from "./timing.ts";

/** Figures of one estate in one store; times in milliseconds. */
interface GraphFigures {
  readonly store: string;
  readonly processes: number;
  /** Of the database, where it is a file. */
  readonly bytes?: number;
  readonly buildSeconds: number;
  /** The alert, its ancestors and first 200 relatives with the alerts on them and their sessions. */
  readonly open: Spread;
  /** The same with nothing of the database in memory at first; absent where the system cannot be asked to forget it. */
  readonly openCold?: Spread;
  /** Processes shown per opening, on average: figures of two estates compare when these do. */
  readonly shown: number;
  readonly related: RelatedFigures;
}

/** Finding the alerts of 48 hours around an alert, among so many. */
interface RelatedFigures {
  readonly alerts: number;
  readonly sameHost: Spread;
  readonly sameUser: Spread;
  /** The alerts of the same user, asked for by a condition as guides do. */
  readonly searched: Spread;
  /** And of one pid: a value of its event leads to few alerts. */
  readonly searchedEvent: Spread;
  /** And of a part of its command line: the evaluator has to look at each of the user's alerts. */
  readonly searchedText: Spread;
}

const SIZES = [10_000, 100_000];
const RELATIVES = 200;
/** Openings that are measured, and before them some that warm up compiled code. */
const OPENINGS = 1_000;
const WARMING = 300;
const COLD = 200;
const WINDOW = 48 * 3_600_000;
const RELATED = 50;
/** Searches that the evaluator has to look at every alert for. */
const EVALUATED = 100;
/** Alerts among which those of a host or user are looked for. */
const ALERTS = 100_000;

/** Opening alerts in made-up estates of growing size, and finding what else their hosts and users raised. */
export const benchGraph: Bench = async ({ config, options, folder, say }) => {
  const sizes = sizesOf(options.text("sizes"));
  const figures: GraphFigures[] = [];
  const elsewhere = options.text("store");
  if (elsewhere !== undefined) {
    figures.push(...(await inOtherStore({ ...config, store: elsewhere }, sizes, say)));
  }
  for (const processes of sizes) {
    const path = join(folder, `estate-${processes}.db`);
    figures.push(await inSqlite(path, processes, say));
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

const said = ({ p50, p99, processor }: Spread) => `p50 ${p50} ms, p99 ${p99} ms (processor ${processor} ms on average)`;

function linesOfRelated({
  sameHost,
  sameUser,
  searched,
  searchedEvent,
  searchedText,
}: RelatedFigures): readonly string[] {
  return [
    `  48 h, the same host  ${said(sameHost)}`,
    `  48 h, the same user  ${said(sameUser)}`,
    `  48 h, by a condition ${said(searched)}`,
    `  and one of its event ${said(searchedEvent)}`,
    `  and a part of a text ${said(searchedText)}`,
  ];
}

function linesOf(one: GraphFigures, smallest: GraphFigures | undefined): readonly string[] {
  const ratio =
    smallest === undefined || one === smallest
      ? ""
      : `; ${rounded(one.open.p99 / smallest.open.p99)} × the smallest estate`;
  return [
    `${one.processes} processes, ${one.related.alerts} alerts in ${one.store}${one.bytes === undefined ? "" : `, ${Math.round(one.bytes / 1e6)} MB`}`,
    `  open an alert        ${said(one.open)}, ${one.shown} shown${ratio}`,
    ...(one.openCold === undefined ? [] : [`  the same from disk   ${said(one.openCold)}`]),
    ...linesOfRelated(one.related),
  ];
}

function sizesOf(text: string | undefined): readonly number[] {
  const sizes = text === undefined ? SIZES : text.split(",").map(Number);
  if (!sizes.every((size) => Number.isInteger(size) && size >= LEAST && size <= MOST)) {
    const message = `--sizes must be whole numbers from ${LEAST} to ${MOST}, separated by commas`;
    throw new BadRequestError({ code: "usage.value", message });
  }
  return sizes;
}
/** Fewer processes raise too few alerts to choose from. */
const LEAST = 1_000;
const MOST = 100_000_000;
const SQLITE = "SQLite";

async function inSqlite(path: string, processes: number, say: (text: string) => void): Promise<GraphFigures> {
  const start = performance.now();
  await (await openEmpty(path)).close();
  const hits = await inBulk(path, (write) => writeEstate(processes, createDetector([markedRule]), write));
  say(`${processes} processes are written after ${secondsSince(start)} s`);
  const building = await openEmpty(path);
  const alerts = await raised(building, hits);
  const buildSeconds = secondsSince(start);
  say(`${alerts.length} alerts are raised after ${buildSeconds} s`);
  await timed(picked(alerts, WARMING), ({ id }) => openAlert(building, id));
  await building.close();
  const cold = forgetPages(path);
  const store = await openEmpty(path);
  const openCold = cold ? await timed(picked(alerts, COLD), ({ id }) => openAlert(store, id)) : undefined;
  const figures = await measure(store, alerts);
  await store.close();
  return { store: SQLITE, processes, bytes: statSync(path).size, buildSeconds, openCold, ...figures };
}

/** In a Neo4j that is given, which has to be empty: what is written there is deleted after each size. */
async function inOtherStore(
  config: Config,
  sizes: readonly number[],
  say: (text: string) => void,
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
    const there = Object.values(await countsOf(store)).some((count) => count > 0);
    if (there) {
      const message = `${store.description} is not empty: an estate would be mixed with what is there`;
      throw new BadRequestError({ code: "store.not-empty", message, remedy: "Name an empty store." });
    }
    for (const processes of sizes) {
      try {
        figures.push(await inGivenStore(store, processes, say));
      } finally {
        await emptyNeo4j(config);
      }
    }
    return figures;
  } finally {
    await store.close();
  }
}

async function inGivenStore(store: Store, processes: number, say: (text: string) => void): Promise<GraphFigures> {
  const start = performance.now();
  const hits = await writeEstate(processes, createDetector([markedRule]), (work) =>
    store.write(({ lineage }) => work(lineage)),
  );
  const alerts = await raised(store, hits);
  const buildSeconds = secondsSince(start);
  say(`${processes} processes and ${alerts.length} alerts are written after ${buildSeconds} s`);
  await timed(picked(alerts, WARMING), ({ id }) => openAlert(store, id));
  return { store: store.description, processes, buildSeconds, ...(await measure(store, alerts)) };
}

/** The alerts of the hits, in an order of their own that goes through all of the estate. */
async function raised(store: Store, hits: readonly Hit[]): Promise<readonly AlertRecord[]> {
  await raiseHits(store, hits);
  return inOrderOfIds(store);
}

async function inOrderOfIds(store: Store): Promise<readonly AlertRecord[]> {
  return (await allAlerts(store)).toSorted((left, right) => (left.id < right.id ? -1 : 1));
}

/** So many of them; of a small estate some more than once. */
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
  const asked = picked(alerts, OPENINGS);
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
    sameHost: await search(asked, ({ host }) => ({ hosts: [host] })),
    sameUser: await search(asked, ({ userKey }) => ({ userKeys: userKey === undefined ? [] : [userKey] })),
    searched: await search(asked, (alert) => ({ condition: and(equals("event.kind", "signal"), ofUser(alert)) })),
    searchedEvent: await search(asked, (alert) => ({
      condition: and(ofUser(alert), equals("process.pid", Number(alert.fields["process.pid"]))),
    })),
    searchedText: await search(asked.slice(0, EVALUATED), (alert) => ({
      condition: and(ofUser(alert), wildcard("process.command_line", "*-enc*")),
    })),
  };
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 1000);
}

/** As the page does. Returns the number of processes shown. */
async function openAlert(store: Store, id: string): Promise<number> {
  const alert = await store.alerts.get(id);
  const around = await store.lineage.neighbourhood(alert?.processKey ?? "", RELATIVES);
  if (around === undefined) {
    throw new Error(`nothing is known around the alert ${id}`);
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
