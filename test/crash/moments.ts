import { spawn } from "node:child_process";
import { join } from "node:path";
import type { IngestSummary } from "#contracts/ingest";
import type { ChildTask, Moment } from "./ingest-until.ts";

const child = join(import.meta.dirname, "ingest-until.ts");
export const crashRules = join(import.meta.dirname, "rules");
export const shippedRules = join(import.meta.dirname, "../../rules");

export interface Ended {
  /** Undefined if the ingest was killed. */
  readonly summary: IngestSummary | undefined;
  readonly writes: number | undefined;
}

type Environment = Readonly<Record<string, string>>;

/** Runs an ingest in another process until it ends, however it ends. The environment has the credentials of a store. */
export async function runChild(task: ChildTask, environment: Environment = {}): Promise<Ended> {
  const ingesting = spawn(process.execPath, [child, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  let output = "";
  ingesting.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    ingesting.once("close", (...ended) => resolve(ended)),
  );
  if (signal === "SIGKILL") {
    return { summary: undefined, writes: undefined };
  }
  if (code !== 0) {
    throw new Error(`the ingest ended with ${code ?? signal}`);
  }
  return JSON.parse(output);
}

/** Repeats an ingest, which ends early at these moments, until it is done. */
export async function runThrough(
  task: ChildTask,
  moments: readonly Moment[],
  environment: Environment = {},
): Promise<IngestSummary> {
  for (const moment of [...moments, undefined]) {
    const { summary } = await runChild({ ...task, ...(moment === undefined ? {} : { moment }) }, environment);
    if (summary?.state === "done") {
      return summary;
    }
  }
  throw new Error("the ingest was interrupted although nobody did");
}

/** A sequence of numbers in [0, 1) that is the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const kinds = ["kill-before-commit", "kill-after-commit", "interrupt"] as const;

/** A moment in a run of about so many writes. */
export function randomMoment(random: () => number, writes: number): Moment {
  return { write: 1 + Math.floor(random() * writes), how: kinds[Math.floor(random() * kinds.length)] ?? "interrupt" };
}
