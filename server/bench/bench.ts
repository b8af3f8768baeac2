import { cpus } from "node:os";
import type { Arguments } from "../cli/command.ts";
import type { StartWorkbench } from "../cli/serve.ts";
import type { Config } from "../config.ts";

/** What every bench is given. Figures are of one run on one machine: compare ratios, not seconds. */
export interface BenchRequest {
  readonly config: Config;
  readonly startWorkbench: StartWorkbench;
  /** The bench's own options, as `benches.ts` declares them. */
  readonly options: Pick<Arguments, "flag" | "text" | "texts" | "number">;
  /** Folder with the captures; where it or a part of it is missing, the bench says `skipped` or takes the sample. */
  readonly captures: string;
  /** An empty folder of the bench's own; removed afterwards. */
  readonly folder: string;
  /** Progress for people. */
  readonly say: (text: string) => void;
}

export interface Measured {
  /** A plain value for `--json`. */
  readonly figures: unknown;
  /** The same for people. */
  readonly lines: readonly string[];
}

/** Measures one thing. Throws when it cannot: a bench has no half results. */
export type Bench = (request: BenchRequest) => Promise<Measured>;

/** What cannot be measured here says so and why. */
export function skipped(why: string): Measured {
  return { figures: { skipped: why }, lines: [`skipped: ${why}`] };
}

export function machine() {
  const [processor] = cpus();
  return { node: process.versions.node, processors: cpus().length, model: processor?.model ?? "unknown" };
}

/** Two digits are enough: the noise is larger. */
export function rounded(figure: number): number {
  return Math.round(figure * 100) / 100;
}
