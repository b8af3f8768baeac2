import { cpus } from "node:os";
import type { Arguments } from "../cli/command.ts";
import type { StartWorkbench } from "../cli/serve.ts";
import type { Config } from "../config.ts";

/** The input of a benchmark. Figures are from one run on one machine: compare ratios, not seconds. */
export interface BenchRequest {
  readonly config: Config;
  readonly startWorkbench: StartWorkbench;
  /** The benchmark's own options, declared in `benches.ts`. */
  readonly options: Pick<Arguments, "flag" | "text" | "texts" | "number">;
  /** Folder with captures; without it a benchmark is skipped or uses the generated sample. */
  readonly captures: string;
  /** An empty temporary folder for this benchmark. */
  readonly folder: string;
  /** Prints progress. */
  readonly report: (text: string) => void;
}

export interface Measured {
  /** For `--json`. */
  readonly figures: unknown;
  /** For people. */
  readonly lines: readonly string[];
}

/** Measures one thing; throws when it cannot, as there are no partial results. */
export type Bench = (request: BenchRequest) => Promise<Measured>;

/** The result of a benchmark that cannot run here. */
export function skipped(reason: string): Measured {
  return { figures: { skipped: reason }, lines: [`skipped: ${reason}`] };
}

export function machine() {
  const [processor] = cpus();
  return { node: process.versions.node, processors: cpus().length, model: processor?.model ?? "unknown" };
}

/** Two decimals: the noise is larger. */
export function rounded(figure: number): number {
  return Math.round(figure * 100) / 100;
}
