import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import type { Neighbourhood } from "#contracts/lineage";
import type { RunningServer } from "../cli/serve.ts";
import { equals } from "../condition/tree.ts";
import { createDetector } from "../detection/detector.ts";
import type { Store } from "../store/port.ts";
import { type Bench, rounded, skipped } from "./bench.ts";
import { inBulk } from "./estate-sqlite.ts";
import { markedRule, raiseHits, writeEstate } from "./estate-store.ts";
import { openEmpty } from "./store.ts";

/** Figures of the real pages in Chromium; times in milliseconds. */
interface WebFigures {
  readonly queue: {
    readonly alerts: number;
    readonly items: number;
    readonly opened: number;
    readonly scroll: Frames;
  };
  readonly lineage: {
    readonly nodes: number;
    /** From choosing the view to the picture of all nodes standing still. */
    readonly graphDrawn: number;
    readonly tableDrawn: number;
    readonly treeDrawn: number;
    /** From opening a process in the tree to its children standing there, the server's answer included. */
    readonly expanded: number;
    readonly treeScroll: Frames;
  };
}

/** How even pictures follow one another while a list or a canvas moves: 16.7 ms is 60 a second. */
interface Frames {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const ALERTS = 100_000;
const NODES = 5_000;
const SERVER = "server.estate.example";
const STATION = "pc-0.estate.example";
const ARGUMENTS = ["--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-sync"];

export const benchWeb: Bench = async ({ config, startWorkbench, folder, say }) => {
  const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) {
    return skipped(`no Chromium at ${executablePath}`);
  }
  if (!existsSync(join(config.web, "index.html"))) {
    return skipped("the web app is not built: npm run build");
  }
  const driver = await import("playwright-core").catch(() => undefined);
  if (driver === undefined) {
    return skipped("playwright-core is not installed: npm ci");
  }
  const path = join(folder, "web.db");
  await (await openEmpty(path)).close();
  const everywhere = { ...markedRule, body: { kind: "event", condition: equals("event.code", "1") } } as const;
  const hits = await inBulk(path, (write) => writeEstate(ALERTS, createDetector([everywhere]), write));
  const store = await openEmpty(path);
  const alerts = await raiseHits(store, hits);
  const around = await wide(store);
  await store.close();
  say(`${alerts} alerts are raised`);

  const started = await startWorkbench(
    { ...config, store: path, port: 0, sample: false, logLevel: "silent" },
    { now: Date.now },
  );
  if (!started.ok) {
    throw new Error(started.error.message);
  }
  const workbench = started.value;
  let browser: Browser | undefined;
  try {
    browser = await driver.chromium.launch({ executablePath, args: ARGUMENTS });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(workbench.signInLink());
    const figures: WebFigures = {
      queue: { alerts, ...(await measureQueue(page, workbench)) },
      lineage: await measureLineage(page, workbench, around),
    };
    return { figures, lines: linesOf(figures) };
  } finally {
    await browser?.close();
    await workbench.stop();
  }
};

function linesOf({ queue, lineage }: WebFigures): readonly string[] {
  const said = ({ perSecond, p99 }: Frames) => `${perSecond} pictures a second, p99 ${p99} ms`;
  return [
    `queue of ${queue.alerts} alerts: open ${queue.opened} ms, scrolling through ${queue.items} items ${said(queue.scroll)}`,
    `${lineage.nodes} processes: graph ${lineage.graphDrawn} ms, table ${lineage.tableDrawn} ms, tree ${lineage.treeDrawn} ms; scrolling the tree ${said(lineage.treeScroll)}; expand ${lineage.expanded} ms`,
  ];
}

/** The surroundings of an alert with many more processes than the page asks for at once. */
async function wide(store: Store): Promise<Neighbourhood> {
  const { items } = await store.alerts.find({ hosts: [SERVER], limit: 200, order: "newest-first" });
  for (const { processKey } of items) {
    const around = await store.lineage.neighbourhood(processKey ?? "", NODES);
    if (around !== undefined && around.nodes.length >= NODES * 0.9) {
      return around;
    }
  }
  throw new Error("no alert of the estate has that many relatives");
}

async function measureQueue(page: Page, { url }: RunningServer) {
  const before = performance.now();
  await page.goto(new URL("/queue", url).href);
  await page.locator("[data-index]").first().waitFor();
  const opened = rounded(performance.now() - before);
  const scroll = await inPage(page, "scrolled", "[data-index]", SCROLLING);
  const items = await page.locator("[data-index]").last().getAttribute("data-index");
  return { opened, items: Number(items) + 1, scroll: framesOf(scroll) };
}

/** The page with an answer of `NODES` processes instead of the usual two hundred; everything else comes from the server. */
async function measureLineage(
  page: Page,
  { url, store }: RunningServer,
  around: Neighbourhood,
): Promise<WebFigures["lineage"]> {
  const alert = around.nodes.find(({ key }) => key === around.focus)?.alerts[0];
  const body = JSON.stringify(around);
  const expanded = await expandOne(page, url, store);
  await page.route("**/api/alerts/*/lineage", (route) => route.fulfill({ contentType: "application/json", body }));
  await page.goto(new URL(`/alerts/${encodeURIComponent(alert?.id ?? "")}`, url).href);
  await page.locator('[role="treeitem"]').first().waitFor();
  const choose = (view: string, drawn: string) =>
    inPage(page, "chosen", view, drawn).then(([time]) => rounded(time ?? 0));
  // Once before it counts: the part of the app that draws is loaded when it is first asked for.
  await choose("graph", '[role="img"][aria-label^="Process graph of"]');
  const tableDrawn = await choose("table", '[role="tabpanel"] table tbody tr');
  const graphDrawn = await choose("graph", '[role="img"][aria-label^="Process graph of"]');
  const treeDrawn = await choose("tree", '[role="treeitem"]');
  const treeScroll = framesOf(await inPage(page, "scrolled", '[role="treeitem"]', SCROLLING));
  return {
    nodes: around.nodes.length,
    graphDrawn,
    tableDrawn,
    treeDrawn,
    expanded: rounded(expanded ?? 0),
    treeScroll,
  };
}

/** On the page of the first alert whose tree has something to open. */
async function expandOne(page: Page, url: string, store: Store): Promise<number> {
  const { items } = await store.alerts.find({ hosts: [STATION], limit: 20, order: "newest-first" });
  for (const { id } of items) {
    await page.goto(new URL(`/alerts/${encodeURIComponent(id)}`, url).href);
    await page.locator('[role="treeitem"]').first().waitFor();
    const [time] = await inPage(page, "expanded");
    if (time !== undefined) {
      return rounded(time);
    }
  }
  throw new Error("no tree of the estate has anything to open");
}

const SCROLLING = 4_000;

function framesOf(gaps: readonly number[]): Frames {
  const sorted = gaps.toSorted((left, right) => left - right);
  const sum = sorted.reduce((total, gap) => total + gap, 0);
  return {
    perSecond: Math.round((1000 * sorted.length) / sum),
    p50: rounded(sorted[Math.floor(sorted.length / 2)] ?? 0),
    p99: rounded(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
  };
}

/** Runs a function of `in-page.js` in the page. It is read as text: no script may be added to a page, and no type of the web is known here. */
async function inPage(
  page: Page,
  name: "scrolled" | "chosen" | "expanded",
  ...given: readonly unknown[]
): Promise<readonly number[]> {
  const functions = readFileSync(new URL("./in-page.js", import.meta.url), "utf8");
  const found: unknown = await page.evaluate(
    `(async () => { ${functions}; return globalThis.stemmaBench.${name}(...${JSON.stringify(given)}); })()`,
  );
  return z.array(z.number()).parse(found);
}
