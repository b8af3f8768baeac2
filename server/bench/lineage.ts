import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readEvents } from "../ingest/read.ts";
import { factOf } from "../lineage/fact-of.ts";
import type { EventFact } from "../lineage/group-facts.ts";
import type { Store } from "../store/port.ts";
import type { BenchRequest, Measured } from "./bench.ts";
import { type Accuracy, added, hidden, type Mode, measure, truthOf } from "./lineage-accuracy.ts";
import { type WorldSettings, worldOf } from "./lineage-world.ts";
import { openEmpty } from "./store.ts";

/** Folders of captures, each of whose files is measured by itself: the same host may stand in several. */
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

/** From a quiet host to one that gives every pid again within seconds. */
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

/** Hides the entity ids of data that has them, finds parents by pid and time, and counts how often that is right. */
export async function benchLineage(request: BenchRequest): Promise<Measured> {
  const { captures, options, say } = request;
  const examples = options.number("examples") ?? 0;
  const rows: Row[] = [];
  const take = async (capture: string, told: readonly EventFact[]) => {
    say(`${capture}: ${told.length} facts`);
    rows.push(...(await measured(request.folder, capture, told, examples)));
  };
  for (const [folder, file] of filesOf(captures)) {
    await take(`${folder}/${file}`, await factsIn(join(captures, folder, file)));
  }
  for (const [name, settings] of Object.entries(WORLDS)) {
    await take(name, worldOf(settings));
  }
  const asked = rows.filter(({ accuracy }) => accuracy.asked > 0);
  const totals = Object.fromEntries(
    MODES.flatMap((mode) =>
      (
        [
          ["captures", false],
          ["made-up", true],
        ] as const
      ).map(([name, madeUp]) => [
        `${name} ${mode}`,
        added(
          asked
            .filter((row) => row.mode === mode && Object.hasOwn(WORLDS, row.capture) === madeUp)
            .map(({ accuracy }) => accuracy),
        ),
      ]),
    ),
  );
  return {
    figures: {
      rows: asked,
      totals,
      ...(existsSync(captures) ? {} : { skipped: `no ${captures}: made-up hosts only` }),
    },
    lines: [
      ...asked.map(({ capture, mode, accuracy }) => lineOf(`${capture} ${mode}`, accuracy)),
      ...Object.entries(totals).map(([name, accuracy]) => lineOf(`TOTAL ${name}`, accuracy)),
      ...asked.flatMap(({ capture, mode, accuracy }) =>
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
  told: readonly EventFact[],
  examples: number,
): Promise<readonly Row[]> {
  const truth = await inStore(folder, (store) => truthOf(store, told));
  const rows: Row[] = [];
  for (const mode of MODES) {
    const accuracy = await inStore(folder, (store) => measure(store, truth, hidden(told, mode), examples));
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

/** Every fact of a file, each event once. */
async function factsIn(path: string): Promise<readonly EventFact[]> {
  const told = new Map<string, EventFact>();
  for await (const { events } of readEvents([path])) {
    for (const { event } of events) {
      const fact = told.has(event.id) ? undefined : factOf(event);
      if (fact !== undefined) {
        told.set(event.id, { eventId: event.id, fact });
      }
    }
  }
  return [...told.values()];
}

function lineOf(
  name: string,
  { asked, right, wrong, wrongExact, unknown, ambiguous, ambiguousAmong }: Omit<Accuracy, "examples">,
): string {
  const share = (part: number) => `${asked === 0 ? "–" : ((100 * part) / asked).toFixed(3)} %`;
  return `${name}: ${asked} parents asked, right ${share(right)}, wrong ${wrong} (${share(wrong)}, exact ${wrongExact}), unknown ${share(unknown)}, ambiguous ${share(ambiguous)} (the true one among them ${ambiguousAmong})`;
}
