import { join } from "node:path";
import type { AlertRecord } from "../alert/record.ts";
import { loadContent, openStore } from "../cli/open.ts";
import { examine } from "../playbooks/examine.ts";
import type { Playbook, Playbooks } from "../playbooks/playbook.ts";
import { suggestAnswer } from "../playbooks/suggest.ts";
import { playbookView, stepQuery } from "../playbooks/view.ts";
import type { Store } from "../store/port.ts";
import { type Bench, rounded } from "./bench.ts";
import { writeEstateFile } from "./estate-events.ts";
import { markedRule } from "./estate-store.ts";
import { type Spread, timed } from "./timing.ts";

interface PlaybookFigures {
  readonly events: number;
  readonly alerts: number;
  /** The playbook with its values and the result of each query. */
  readonly queries: Spread;
  /** What the evidence suggests for each step, from nothing. */
  readonly suggestions: Spread;
  /** The slowest queries on their own. */
  readonly slowest: readonly SlowQuery[];
}

interface SlowQuery {
  readonly playbook: string;
  readonly query: string;
  readonly worstMilliseconds: number;
}

/** Their records number 2·10^6. */
const PROCESSES = 1_200_000;
/** Alerts measured, and before them to warm up. */
const MEASURED = 100;
const WARM_UP = 10;
const SLOWEST = 5;
const ROWS = 20;

/** All steps of alerts, in a generated estate or in the database that is named. */
export const benchPlaybooks: Bench = async ({ config, options, folder, report }) => {
  const own = options.text("db");
  const path = own ?? join(options.text("folder") ?? folder, "playbooks.db");
  if (own === undefined) {
    report("building the store: 2·10^6 events");
    await writeEstateFile(path, options.text("folder") ?? folder, { processes: PROCESSES, rule: markedRule });
  }
  const opened = await openStore({ ...config, store: path }, { readOnly: true });
  if (!opened.ok) {
    throw new Error(opened.error.message);
  }
  const store = opened.value;
  const { playbooks } = await loadContent(config, store);
  const all = await alertsOf(store);
  const alerts = spread(all, MEASURED);
  for (const alert of spread(all, WARM_UP)) {
    await runAll(store, playbooks, alert);
  }
  report(`${alerts.length} of ${all.length} alerts`);
  const slow = new Map<string, SlowQuery>();
  const queries = await timed(alerts, async (alert) => keepSlowest(slow, await runAll(store, playbooks, alert)));
  const suggestions = await timed(alerts, (alert) => suggestAll(store, playbooks, alert));
  const figures: PlaybookFigures = {
    events: await store.events.count(),
    alerts: all.length,
    queries,
    suggestions,
    slowest: [...slow.values()]
      .toSorted((left, right) => right.worstMilliseconds - left.worstMilliseconds)
      .slice(0, SLOWEST),
  };
  await store.close();
  return { figures, lines: linesOf(figures) };
};

function linesOf({ events, alerts, queries, suggestions, slowest }: PlaybookFigures): readonly string[] {
  const text = ({ p50, p99, worst, processor }: Spread) =>
    `p50 ${p50} ms, p99 ${p99} ms, worst ${worst} ms (processor ${processor} ms on average)`;
  return [
    `${events} events, ${alerts} alerts`,
    `all queries of an alert      ${text(queries)}`,
    `all suggestions of an alert  ${text(suggestions)}`,
    ...slowest.map(({ playbook, query, worstMilliseconds }) => `  ${worstMilliseconds} ms  ${query} (${playbook})`),
  ];
}

async function alertsOf({ alerts }: Pick<Store, "alerts">): Promise<readonly AlertRecord[]> {
  const { total } = await alerts.find({ limit: 1 });
  return (await alerts.find({ limit: total, order: "oldest-first" })).items;
}

/** Some of the items, evenly. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  const step = Math.max(1, items.length / count);
  return Array.from({ length: Math.min(count, items.length) }, (_, index) => items[Math.floor(index * step)]).filter(
    (item) => item !== undefined,
  );
}

/** As the page does: the playbook, then its queries; one after the other, so that the time of each is its own. */
async function runAll(store: Store, playbooks: Playbooks, alert: AlertRecord): Promise<readonly SlowQuery[]> {
  const view = await playbookView(store, playbooks, alert);
  if (!view.ok) {
    throw new Error(view.error.message);
  }
  const runs: SlowQuery[] = [];
  for (const id of new Set(view.value.steps.flatMap(({ queries }) => queries.map((query) => query.id)))) {
    const before = performance.now();
    const run = await stepQuery(store, playbooks, alert, id, { anchor: "event", limit: ROWS, clock: Date.now });
    if (!run.ok) {
      throw new Error(run.error.message);
    }
    const worstMilliseconds = rounded(performance.now() - before);
    runs.push({ playbook: view.value.id, query: `${id}: ${run.value.label}`, worstMilliseconds });
  }
  return runs;
}

async function suggestAll(store: Store, playbooks: Playbooks, alert: AlertRecord): Promise<void> {
  const playbook: Playbook | undefined = playbooks.forAlert(alert);
  if (playbook === undefined) {
    throw new Error(`no playbook for ${alert.rule.id}`);
  }
  const steps = playbook.steps.map(({ id }) => id);
  const options = { clock: Date.now, ruleOf: playbooks.ruleOf };
  const { context, runs } = await examine(store, playbook, alert, steps, options);
  for (const step of steps) {
    suggestAnswer(playbook, step, context, runs);
  }
}

function keepSlowest(slow: Map<string, SlowQuery>, runs: readonly SlowQuery[]): void {
  for (const run of runs) {
    const key = `${run.playbook} ${run.query}`;
    if (run.worstMilliseconds > (slow.get(key)?.worstMilliseconds ?? 0)) {
      slow.set(key, run);
    }
  }
}
