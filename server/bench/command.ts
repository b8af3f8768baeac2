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

Measures this machine in a temporary folder. Compare the ratios: machines are noisy.
${entries.map(([name, { summary, quick }]) => `  ${name.padEnd(16)}${summary}${quick ? "" : " (by name only)"}`).join("\n")}

  --captures DIR  folder with captures (default ../shared/telemetry; what needs them is skipped without)
  --rules DIR     more rules beside the shipped ones
  --json          one JSON object on standard output: machine, and the figures of each bench by its name
${entries.flatMap(([name, { options }]) => (options?.usage ?? []).map((line) => `  ${line} (${name})`)).join("\n")}`;

/** `stemma bench`: runs the benches that were named, or the quick ones. */
export function benchCommand(startWorkbench: StartWorkbench): Command {
  const command: Command = {
    name: "bench",
    usage,
    async run(args, surroundings) {
      const { terminal, directory } = surroundings;
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
        surroundings,
      );
      if (!read.ok) {
        return refuseUsage(command, read.error, terminal);
      }
      const { config, positionals, text } = read.value;
      const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
      if (unknown.length > 0) {
        const message = `There is no bench "${unknown.join('", "')}".`;
        return refuseUsage(command, [{ code: "usage.argument", message }], terminal);
      }
      const wanted = entries.filter(([name, { quick }]) =>
        positionals.length === 0 ? quick : positionals.includes(name),
      );
      const captures = text("captures") ?? join(directory, "..", "shared", "telemetry");
      const measured: Record<string, unknown> = { machine: machine() };
      for (const [name, entry] of wanted) {
        terminal.err(`${name}: ${entry.summary}\n`);
        const { figures, lines } = await inFolder(entry, surroundings.stop, (folder) => ({
          config,
          startWorkbench,
          options: read.value,
          captures,
          folder,
          say: (progress) => terminal.err(`  ${progress}\n`),
        }));
        measured[name] = figures;
        if (!read.value.flag("json")) {
          terminal.out(lines.map((line) => `${name.padEnd(8)}${line}\n`).join(""));
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

/** Runs a bench in a temporary folder of its own, which goes with it whatever happens: an estate can take gigabytes. */
async function inFolder(
  entry: BenchEntry,
  stop: AbortSignal,
  requestIn: (folder: string) => BenchRequest,
): Promise<Measured> {
  const bench = await entry.load();
  const folder = mkdtempSync(join(tmpdir(), "stemma-bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Nothing of half a bench is worth waiting for, and a bench does not look up from its work.
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
