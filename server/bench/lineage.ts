import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readEvents } from "../ingest/read.ts";
import { factOf } from "../lineage/fact-of.ts";
import type { EventFact } from "../lineage/facts.ts";
import type { Store } from "../store/port.ts";
import type { BenchRequest, Measured } from "./bench.ts";
import { type Accuracy, hideEntityIds, type Mode, measure, sumOf, truthOf } from "./lineage-accuracy.ts";
import { generateWorld, type WorldSettings } from "./lineage-world.ts";
import { openEmpty } from "./store.ts";

/** Folders of captures. Every file is measured separately, as the same host may occur in several. */
const FOLDERS = [
  "wmiexec",
  "wmi-target",
  "wmic-node",
  "mordor-multihost",
  "big",
  "splunk",
  "ecs",
  "edge",
  "evtx-bulk",
  "sigma-regression",
] as const;

const MODES: readonly Mode[] = ["without-ids", "security-alone"];

/** From a host with few pid collisions to one that reuses every pid within seconds. */
const WORLDS: Readonly<Record<string, WorldSettings>> = {
  "made-up: steady": { processes: 40_000, pids: 4_000, lostStarts: 0.01, lostEnds: 0.05, skew: 400, seed: 1 },
  "made-up: busy": { processes: 40_000, pids: 400, lostStarts: 0.02, lostEnds: 0.1, skew: 1500, seed: 2 },
  "made-up: worn out": { processes: 40_000, pids: 150, lostStarts: 0.05, lostEnds: 0.3, skew: 2500, seed: 3 },
};

interface Row {
  readonly capture: string;
  readonly mode: Mode;
  readonly accuracy: Accuracy;
}

/** Hides entity ids, finds parents by pid and time, and counts how often they are correct. */
export async function benchLineage(request: BenchRequest): Promise<Measured> {
  const { captures, options, report } = request;
  const examples = options.number("examples") ?? 0;
  const rows: Row[] = [];
  const measureFacts = async (capture: string, facts: readonly EventFact[]) => {
    report(`${capture}: ${facts.length} facts`);
    rows.push(...(await measured(request.folder, capture, facts, examples)));
  };
  for (const [folder, file] of filesOf(captures)) {
    await measureFacts(`${folder}/${file}`, await factsIn(join(captures, folder, file)));
  }
  for (const [name, settings] of Object.entries(WORLDS)) {
    await measureFacts(name, generateWorld(settings));
  }
  const withParents = rows.filter(({ accuracy }) => accuracy.asked > 0);
  const totals = Object.fromEntries(
    MODES.flatMap((mode) =>
      (
        [
          ["captures", false],
          ["made-up", true],
        ] as const
      ).map(([name, madeUp]) => [
        `${name} ${mode}`,
        sumOf(
          withParents
            .filter((row) => row.mode === mode && Object.hasOwn(WORLDS, row.capture) === madeUp)
            .map(({ accuracy }) => accuracy),
        ),
      ]),
    ),
  );
  return {
    figures: {
      rows: withParents,
      totals,
      ...(existsSync(captures) ? {} : { skipped: `no ${captures}: made-up hosts only` }),
    },
    lines: [
      ...withParents.map(({ capture, mode, accuracy }) => lineOf(`${capture} ${mode}`, accuracy)),
      ...Object.entries(totals).map(([name, accuracy]) => lineOf(`TOTAL ${name}`, accuracy)),
      ...withParents.flatMap(({ capture, mode, accuracy }) =>
        accuracy.examples.map(
          ({ outcome, child, shown, truth }) =>
            `${outcome}: ${child} in ${capture} ${mode}\n         shown ${shown}\n         true  ${truth}`,
        ),
      ),
    ],
  };
}

async function measured(
  folder: string,
  capture: string,
  facts: readonly EventFact[],
  examples: number,
): Promise<readonly Row[]> {
  const truth = await inStore(folder, (store) => truthOf(store, facts));
  const rows: Row[] = [];
  for (const mode of MODES) {
    const accuracy = await inStore(folder, (store) => measure(store, truth, hideEntityIds(facts, mode), examples));
    rows.push({ capture, mode, accuracy });
  }
  return rows;
}

async function inStore<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  const place = join(folder, "lineage");
  const store = await openEmpty(`${place}.db`);
  try {
    return await work(store);
  } finally {
    await store.close();
    for (const suffix of ["", "-wal", "-shm", ".lock"]) {
      rmSync(`${place}.db${suffix}`, { force: true });
    }
  }
}

function filesOf(captures: string): readonly (readonly [folder: string, file: string])[] {
  return FOLDERS.flatMap((folder) => {
    const path = join(captures, folder);
    return existsSync(path)
      ? readdirSync(path)
          .sort()
          .map((file) => [folder, file] as const)
      : [];
  });
}

/** The facts of a file, each event once. */
async function factsIn(path: string): Promise<readonly EventFact[]> {
  const facts = new Map<string, EventFact>();
  for await (const { events } of readEvents([path])) {
    for (const { event } of events) {
      const fact = facts.has(event.id) ? undefined : factOf(event);
      if (fact !== undefined) {
        facts.set(event.id, { eventId: event.id, fact });
      }
    }
  }
  return [...facts.values()];
}

function lineOf(
  name: string,
  { asked, right, wrong, wrongExact, unknown, ambiguous, ambiguousAmong }: Omit<Accuracy, "examples">,
): string {
  const share = (part: number) => `${asked === 0 ? "–" : ((100 * part) / asked).toFixed(3)} %`;
  return `${name}: ${asked} parents, right ${share(right)}, wrong ${wrong} (${share(wrong)}, exact ${wrongExact}), unknown ${share(unknown)}, ambiguous ${share(ambiguous)} (${ambiguousAmong} with the true one)`;
}
