import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import type { Neighbourhood } from "#contracts/lineage";
import type { RunningServer } from "../cli/serve.ts";
import { createDetector } from "../detection/detector.ts";
import type { Store } from "../store/port.ts";
import { type Bench, rounded, skipped } from "./bench.ts";
import { chromiumPath } from "./chromium.ts";
import { everyStart, writeInBulk } from "./estate-sqlite.ts";
import { raiseHits, writeEstate } from "./estate-store.ts";
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
    /** From choosing the view until all nodes are drawn. */
    readonly graphDrawn: number;
    readonly tableDrawn: number;
    readonly treeDrawn: number;
    /** From expanding a process in the tree until its children are shown, including the request. */
    readonly expanded: number;
    readonly treeScroll: Frames;
    readonly graphPan: Frames;
  };
}

/** Time between frames while a list or a canvas moves: 16.7 ms is 60 frames per second. */
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

export const benchWeb: Bench = async ({ config, startWorkbench, folder, report }) => {
  const executablePath = chromiumPath();
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
  const hits = await writeInBulk(path, (write) => writeEstate(ALERTS, createDetector([everyStart]), write));
  const store = await openEmpty(path);
  const alerts = await raiseHits(store, hits);
  const around = await largeNeighbourhood(store);
  await store.close();
  report(`${alerts} alerts raised`);

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
  const framesText = ({ perSecond, p99 }: Frames) => `${perSecond} frames per second, p99 ${p99} ms`;
  return [
    `queue of ${queue.alerts} alerts: open ${queue.opened} ms, scrolling through ${queue.items} items ${framesText(queue.scroll)}`,
    `${lineage.nodes} processes: graph ${lineage.graphDrawn} ms, table ${lineage.tableDrawn} ms, tree ${lineage.treeDrawn} ms; scrolling the tree ${framesText(lineage.treeScroll)}; moving the graph ${framesText(lineage.graphPan)}; expand ${lineage.expanded} ms`,
  ];
}

/** The neighbourhood of an alert with many more processes than the page requests at once. */
async function largeNeighbourhood(store: Store): Promise<Neighbourhood> {
  const { items } = await store.alerts.find({ hosts: [SERVER], limit: 200, order: "newest-first" });
  for (const { processKey } of items) {
    const around = await store.lineage.neighbourhood(processKey ?? "", NODES);
    if (around !== undefined && around.nodes.length >= NODES * 0.9) {
      return around;
    }
  }
  throw new Error(`no alert of the estate has ${NODES} related processes`);
}

async function measureQueue(page: Page, { url }: RunningServer) {
  const before = performance.now();
  await page.goto(new URL("/queue", url).href);
  await page.locator("[data-index]").first().waitFor();
  const opened = rounded(performance.now() - before);
  const scroll = await inPage(page, "scrolled", "[data-index]", SCROLL_MILLISECONDS);
  const items = await page.locator("[data-index]").last().getAttribute("data-index");
  return { opened, items: Number(items) + 1, scroll: framesOf(scroll) };
}

/** The alert page with a response of `NODES` processes instead of the usual 200; everything else is from the server. */
async function measureLineage(
  page: Page,
  { url, store }: RunningServer,
  around: Neighbourhood,
): Promise<WebFigures["lineage"]> {
  const alert = around.nodes.find(({ key }) => key === around.focus)?.alerts[0];
  const body = JSON.stringify(around);
  const expanded = await expandOne(page, url, store);
  await page.route("**/api/v1/alerts/*/lineage", (route) => route.fulfill({ contentType: "application/json", body }));
  await page.goto(new URL(`/alerts/${encodeURIComponent(alert?.id ?? "")}`, url).href);
  await page.locator('[role="treeitem"]').first().waitFor();
  const choose = (view: string, drawn: string) =>
    inPage(page, "chosen", view, drawn).then(([time]) => rounded(time ?? 0));
  // Not measured: the drawing code is loaded at first use.
  await choose("graph", '[role="img"][aria-label^="Process graph of"]');
  const tableDrawn = await choose("table", '[role="tabpanel"] table tbody tr');
  const graphDrawn = await choose("graph", '[role="img"][aria-label^="Process graph of"]');
  const graphPan = framesOf(await inPage(page, "panned", SCROLL_MILLISECONDS));
  const treeDrawn = await choose("tree", '[role="treeitem"]');
  const treeScroll = framesOf(await inPage(page, "scrolled", '[role="treeitem"]', SCROLL_MILLISECONDS));
  return {
    nodes: around.nodes.length,
    graphDrawn,
    tableDrawn,
    treeDrawn,
    expanded: rounded(expanded ?? 0),
    treeScroll,
    graphPan,
  };
}

/** Expands a process on the page of the first alert whose tree has one to expand. */
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
  throw new Error("no tree of the estate has a process to expand");
}

const SCROLL_MILLISECONDS = 4_000;

function framesOf(gaps: readonly number[]): Frames {
  const sorted = gaps.toSorted((left, right) => left - right);
  const sum = sorted.reduce((total, gap) => total + gap, 0);
  return {
    perSecond: Math.round((1000 * sorted.length) / sum),
    p50: rounded(sorted[Math.floor(sorted.length / 2)] ?? 0),
    p99: rounded(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
  };
}

/**
 * Runs a function of `in-page.js` in the page. It is passed as text, because the page's security policy forbids adding
 * scripts and browser types are not available here.
 */
async function inPage(
  page: Page,
  name: "scrolled" | "panned" | "chosen" | "expanded",
  ...args: readonly unknown[]
): Promise<readonly number[]> {
  const functions = readFileSync(new URL("./in-page.js", import.meta.url), "utf8");
  const times: unknown = await page.evaluate(
    `(async () => { ${functions}; return globalThis.stemmaBench.${name}(...${JSON.stringify(args)}); })()`,
  );
  return z.array(z.number()).parse(times);
}
