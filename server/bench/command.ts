import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, readArguments, refuseUsage } from "../cli/command.ts";
import type { StartWorkbench } from "../cli/serve.ts";
import { json } from "../cli/terminal.ts";
import { type BenchRequest, type Measured, machine } from "./bench.ts";
import { type BenchEntry, benches } from "./benches.ts";

const entries = Object.entries(benches);

const usage = `Usage: stemma bench [NAME…] [--captures DIR] [--rules DIR]… [--json]

Measures this machine in a temporary folder. Compare ratios, as absolute figures vary between runs.
${entries.map(([name, { summary, quick }]) => `  ${name.padEnd(16)}${summary}${quick ? "" : " (by name only)"}`).join("\n")}

  --captures DIR  folder with captures (default ../shared/telemetry; benchmarks that need them are skipped without)
  --rules DIR     rules in addition to the shipped ones
  --json          one JSON object on standard output: the machine, and the figures of each benchmark by name
${entries.flatMap(([name, { options }]) => (options?.usage ?? []).map((line) => `  ${line} (${name})`)).join("\n")}`;

/** `stemma bench`: runs the named benchmarks, or the quick ones. */
export function benchCommand(startWorkbench: StartWorkbench): Command {
  const command: Command = {
    name: "bench",
    usage,
    async run(args, context) {
      const { terminal, directory } = context;
      const read = readArguments(
        args,
        {
          options: Object.assign(
            { json: { type: "boolean" }, captures: { type: "string" } } as const,
            ...entries.map(([, { options }]) => options?.flags),
          ),
          numbers: entries.flatMap(([, { options }]) => options?.numbers ?? []),
          settings: [],
          folders: ["rules"],
          positionals: { least: 0, most: entries.length, what: "" },
        },
        context,
      );
      if (!read.ok) {
        return refuseUsage(command, read.error, terminal);
      }
      const { config, positionals, text } = read.value;
      const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
      if (unknown.length > 0) {
        const message = `Unknown benchmark: ${unknown.join(", ")}.`;
        return refuseUsage(command, [{ code: "usage.argument", message }], terminal);
      }
      const selected = entries.filter(([name, { quick }]) =>
        positionals.length === 0 ? quick : positionals.includes(name),
      );
      const captures = text("captures") ?? join(directory, "..", "shared", "telemetry");
      const measured: Record<string, unknown> = { machine: machine() };
      for (const [name, entry] of selected) {
        terminal.err(`${name}: ${entry.summary}\n`);
        const { figures, lines } = await inFolder(entry, context.stop, (folder) => ({
          config,
          startWorkbench,
          options: read.value,
          captures,
          folder,
          report: (progress) => terminal.err(`  ${progress}\n`),
        }));
        measured[name] = figures;
        if (!read.value.flag("json")) {
          terminal.out(lines.map((line) => `${name.padEnd(10)}${line}\n`).join(""));
        }
      }
      if (read.value.flag("json")) {
        terminal.out(json(measured));
      }
      return 0;
    },
  };
  return command;
}

/** Runs a benchmark in a temporary folder, which is removed in any case: an estate can need gigabytes. */
async function inFolder(
  entry: BenchEntry,
  stop: AbortSignal,
  requestIn: (folder: string) => BenchRequest,
): Promise<Measured> {
  const bench = await entry.load();
  const folder = mkdtempSync(join(tmpdir(), "stemma-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Benchmarks do not check the signal, and partial results are useless.
  const stopped = () => {
    remove();
    process.exit(2);
  };
  stop.addEventListener("abort", stopped);
  try {
    return await bench(requestIn(folder));
  } finally {
    stop.removeEventListener("abort", stopped);
    remove();
  }
}
