import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { z } from "zod";
import { batch, isUnended } from "#contracts/batch";
import { dryRun, type ExceptionDraft, savedException } from "#contracts/exception";
import { queuePage } from "#contracts/queue";
import { workList } from "#contracts/work";
import { type Bench, rounded } from "./bench.ts";
import { removeStore, writeEstateFile } from "./estate-events.ts";
import { everyStart } from "./estate-sqlite.ts";
import type { Client } from "./load-client.ts";
import { startServer } from "./load-server.ts";
import { copyStore } from "./load-store.ts";
import { type Percentiles, percentiles } from "./timing.ts";

/** Their records number 10^6, by default; every sixth raises an alert. */
const PROCESSES = 600_000;
const QUIET = 6;
/** Milliseconds between two requests of the person who works meanwhile, and between two looks at the work. */
const PAUSE = 50;

const rules: Readonly<Record<string, string>> = {
  "bench.toml": toml("bench", 'language = "eql"\ntype = "eql"', 'process where event.code == "1"'),
  "pair.toml": toml(
    "pair",
    'language = "eql"\ntype = "eql"',
    'sequence by host.name with maxspan=5m [process where process.name == "cmd.exe"] [process where process.name == "marked.exe"]',
  ),
  "many.toml": `${toml("many", 'language = "kuery"\ntype = "threshold"\nfrom = "now-15m"', 'process.name: "marked.exe"')}
[rule.threshold]
field = ["host.name"]
value = 5
`,
};

function toml(id: string, kind: string, query: string): string {
  return `[rule]\nrule_id = "${id}"\nname = "${id}"\nseverity = "low"\nrisk_score = 21\n${kind}\nquery = '''${query}'''\n`;
}

/** What is tried, by name. */
const drafts: Readonly<Record<string, Pick<ExceptionDraft, "ruleIds" | "entries"> & Partial<ExceptionDraft>>> = {
  "narrow, single events": { ruleIds: ["bench"], entries: [program("*\\\\Public\\\\marked.exe"), onHost("host-*1")] },
  "broad, single events": { ruleIds: ["bench"], entries: [program("*\\\\Program Files\\\\Agent\\\\collect.exe")] },
  "sequence and count": { ruleIds: ["pair", "many"], entries: [program("*\\\\ProgramData\\\\marked.exe")] },
  "all rules": { ruleIds: [], allRules: true, entries: [program("*\\\\marked.exe")] },
};

function program(value: string): ExceptionDraft["entries"][number] {
  return { type: "wildcard", field: "process.executable", value, operator: "included", case: "insensitive" };
}

function onHost(value: string): ExceptionDraft["entries"][number] {
  return { type: "wildcard", field: "host.name", value, operator: "included", case: "insensitive" };
}

interface RunFigures {
  readonly draft: string;
  readonly seconds: number;
  /** Until breadth and the first alerts are there. */
  readonly firstMilliseconds: number | undefined;
  readonly hidden: number;
  readonly raisedInstead: number;
  /** Of alerts that somebody else opens meanwhile. */
  readonly alertMilliseconds: Percentiles;
}

/** Dry runs over 10^5 alerts and 10^6 events, and saving one, while somebody else opens alerts. */
export const benchExceptions: Bench = async ({ options, folder, report }) => {
  const kept = options.text("folder") ?? folder;
  const processes = options.number("processes") ?? PROCESSES;
  // With --folder the store is built once.
  const built = join(kept, `exceptions-${processes}.db`);
  if (!existsSync(built)) {
    report(`building the store: ${processes} processes, an alert for every sixth of them`);
    await writeEstateFile(built, kept, { processes, rule: everyStart, raises: (index) => index % QUIET === 0 });
  }
  const store = join(kept, "exceptions-copy.db");
  copyStore(built, store);
  const ruleFolder = join(folder, "exception-rules");
  mkdirSync(ruleFolder, { recursive: true });
  for (const [name, text] of Object.entries(rules)) {
    writeFileSync(join(ruleFolder, name), text);
  }
  const server = await startServer({ checkout: resolve(import.meta.dirname, "../.."), store, rules: ruleFolder }, 2);
  try {
    const [author, other] = server.people;
    if (author === undefined || other === undefined) {
      throw new Error("two people are needed");
    }
    const page = queuePage.parse(await answered(other, "/queue?limit=20"));
    const alerts = page.items.flatMap((item) => item.alerts.map(({ id }) => id));
    const figures: RunFigures[] = [];
    let last: { readonly token: string; readonly draft: ExceptionDraft } | undefined;
    for (const [name, some] of Object.entries(drafts)) {
      report(name);
      const draft: ExceptionDraft = { name, reason: "measured", breadthReason: "measured", mode: "enforced", ...some };
      const run = await measured(author, other, alerts, draft);
      figures.push({ draft: name, ...run.figures });
      report(JSON.stringify(run.figures));
      last = name.startsWith("broad") ? { token: run.token, draft } : last;
    }
    const saved = last === undefined ? undefined : await saving(author, other, alerts, last);
    return {
      figures: { runs: figures, saved },
      lines: [
        ...figures.map(
          ({ draft, seconds, firstMilliseconds, hidden, raisedInstead, alertMilliseconds: { p50, p99, worst } }) =>
            `${draft.padEnd(24)}${seconds} s, first results after ${firstMilliseconds ?? "-"} ms; ${hidden} hidden, ` +
            `${raisedInstead} raised instead; meanwhile an alert p50 ${p50}, p99 ${p99}, worst ${worst} ms`,
        ),
        ...(saved === undefined
          ? []
          : [
              `saving answered after ${saved.answerMilliseconds} ms, ${saved.closed} alerts closed in ${saved.seconds} s; ` +
                `meanwhile an alert p99 ${saved.alertMilliseconds.p99} ms`,
            ]),
      ],
    };
  } finally {
    await server.stop();
    removeStore(store);
  }
};

async function measured(author: Client, other: Client, alerts: readonly string[], draft: ExceptionDraft) {
  const begun = performance.now();
  let running = true;
  const looking = look(other, alerts, () => running);
  const first = firstResults(author, begun, () => running);
  // Awaited below; if the dry run is refused, that is what matters.
  looking.catch(() => undefined);
  first.catch(() => undefined);
  const run = dryRun.parse(await answered(author, "/exceptions/dry-run", draft));
  const milliseconds = performance.now() - begun;
  running = false;
  const { closesNow, wouldHide, raisesInstead } = run.totals;
  return {
    token: run.token,
    figures: {
      seconds: rounded(milliseconds / 1000),
      firstMilliseconds: await first,
      hidden: closesNow + wouldHide,
      raisedInstead: raisesInstead,
      alertMilliseconds: percentiles(await looking),
    },
  };
}

async function saving(
  author: Client,
  other: Client,
  alerts: readonly string[],
  { token, draft }: { readonly token: string; readonly draft: ExceptionDraft },
) {
  const begun = performance.now();
  let running = true;
  const looking = look(other, alerts, () => running);
  looking.catch(() => undefined);
  const answer = await answered(author, "/exceptions", { draft, dryRunToken: token });
  const answerMilliseconds = rounded(performance.now() - begun);
  const { batch: id } = savedException.parse(answer);
  let state = batch.parse(await answered(author, `/batches/${id}`));
  while (isUnended(state)) {
    await setTimeout(PAUSE);
    state = batch.parse(await answered(author, `/batches/${id}`));
  }
  running = false;
  return {
    answerMilliseconds,
    closed: state.changed.alerts,
    seconds: rounded((performance.now() - begun) / 1000),
    alertMilliseconds: percentiles(await looking),
  };
}

/** Milliseconds until the work shows something; undefined if it ended before. */
async function firstResults(client: Client, begun: number, goesOn: () => boolean): Promise<number | undefined> {
  while (goesOn()) {
    const { items } = workList.parse(await answered(client, "/work"));
    const item = items.find(({ kind }) => kind === "exceptionDryRun");
    if ((item?.dryRun?.tested ?? 0) > 0) {
      return rounded(performance.now() - begun);
    }
    await setTimeout(PAUSE);
  }
  return undefined;
}

async function look(client: Client, alerts: readonly string[], goesOn: () => boolean): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; goesOn(); index += 1) {
    const before = performance.now();
    await answered(client, `/alerts/${alerts[index % alerts.length]}`);
    times.push(performance.now() - before);
    await setTimeout(PAUSE);
  }
  return times;
}

const json = z.string().transform((text): unknown => JSON.parse(text));

async function answered(client: Client, path: string, body?: unknown): Promise<unknown> {
  const answer = await client.call(path, body === undefined ? {} : { method: "POST", body });
  if (answer.kind !== "answer") {
    throw new Error(`${path}: ${answer.code}`);
  }
  return json.parse(answer.text);
}
