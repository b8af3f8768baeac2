import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type ExceptionExport,
  type ExceptionImport,
  type ExceptionImportRequest,
  exchangeFormat,
  importedFormat,
} from "#contracts/exception-exchange";
import type { Problem } from "#contracts/problem";
import { allLists } from "../exceptions/draft-lists.ts";
import { exportExceptions } from "../exceptions/exchange/export.ts";
import { importExceptions } from "../exceptions/exchange/import.ts";
import { tuningProposalOf } from "../exceptions/exchange/tuning.ts";
import { visible } from "../lib/visible.ts";
import {
  type Arguments,
  type Command,
  type CommandContext,
  cannotRun,
  describe,
  type ExitCode,
  readArguments,
  refuseUsage,
} from "./command.ts";
import { loadContent, withStore } from "./open.ts";
import { json, progressOn, type Terminal } from "./terminal.ts";

/** The subcommands that exchange exceptions with other products. */
export const exchangeUsage = `       stemma exception import FILE… [--format elastic|sigma] [--rule ID… | --tag TAG… | --all] [--dry-run] [--partial]
                        [--reason TEXT] [--json]
       stemma exception export [ID…] --format elastic|sigma|spl|kql|eql [-o FILE] [--json]
       stemma exception tune ID [-o FILE] [--json]`;

export const exchangeHelp = `import: reads exception items of Elastic (NDJSON) or Sigma filter documents and saves them in shadow mode, where they hide
nothing. Reports every wrong line; saves all or nothing.
  --format FORMAT  default: sigma for .yml and .yaml, else elastic
  --rule ID        apply to this rule, in place of what the file says; also --tag TAG and --all
  --dry-run        report what would be saved and hidden, and save nothing
  --partial        save what is right although other lines are wrong
  --reason TEXT    why broad exceptions are needed
export: writes exceptions (default: all that are not disabled) in a format of others. Each text is read again and compared
with its exception on the stored alerts; what would hide more is refused with the reason.
tune: writes a proposal to the authors of the rules: the change as a diff, with samples without the names of the house.
  -o, --output FILE  write there instead of to standard output

Exit code 1: some lines were wrong, or some exceptions were refused.`;

type Action = (command: Command, args: readonly string[], context: CommandContext) => Promise<ExitCode>;

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const output = { type: "string", short: "o" } as const;

/** By name of the subcommand. */
export const exchangeActions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["import", importFiles],
  ["export", exportFile],
  ["tune", tune],
]);

async function importFiles(command: Command, args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { terminal, directory } = context;
  const many = { type: "string", multiple: true } as const;
  const read = readArguments(
    args,
    {
      options: {
        ...{ format: text, rule: many, tag: many, all: flag, reason: text },
        ...{ "dry-run": flag, partial: flag, json: flag },
      },
      settings: ["db", "store", "analyst", "person"],
      folders: ["rules"],
      positionals: { least: 2, most: 1000, what: "import and a file of exceptions" },
    },
    context,
  );
  if (!read.ok) {
    return refuseUsage(command, read.error, terminal);
  }
  const given = read.value;
  const format = importedFormat.optional().safeParse(given.text("format"));
  if (!format.success) {
    return refuseUsage(command, [unknownFormat(given, "elastic or sigma")], terminal);
  }
  const requests: ExceptionImportRequest[] = [];
  for (const file of given.positionals.slice(1)) {
    try {
      requests.push({
        format: format.data ?? (/\.ya?ml$/i.test(file) ? "sigma" : "elastic"),
        file,
        text: await readFile(resolve(directory, file), "utf8"),
        ...(given.texts("rule").length > 0 ? { ruleIds: [...given.texts("rule")] } : {}),
        ...(given.texts("tag").length > 0 ? { ruleTags: [...given.texts("tag")] } : {}),
        ...(given.flag("all") ? { allRules: true } : {}),
        dryRun: given.flag("dry-run"),
        partial: given.flag("partial"),
        reason: given.text("reason"),
      });
    } catch (error) {
      return cannotRun(command, unreadable(file, error), terminal);
    }
  }
  return withStore(command, given.config, { readOnly: given.flag("dry-run") }, terminal, async (store) => {
    const { ruleset } = await loadContent(given.config, store);
    const actor = { name: given.config.analyst, origin: { account: "local", method: "command-line" } } as const;
    const reports: (ExceptionImport & { readonly file: string })[] = [];
    for (const request of requests) {
      const progress = progressOn(terminal);
      const result = await importExceptions(store, request, {
        lists: await allLists(store),
        ...{ rules: ruleset.rules, actor, clock: Date.now, newId: randomUUID },
        onProgress: ({ done, total }) => progress.show(`${done} of ${total} exceptions`),
      });
      progress.end();
      if (!result.ok) {
        return cannotRun(command, result.error, terminal);
      }
      reports.push({ file: request.file, ...result.value });
      if (!given.flag("json")) {
        printImport(request.file, result.value, terminal);
      }
    }
    if (given.flag("json")) {
      terminal.out(json({ files: reports }));
    }
    return reports.some(({ problems }) => problems.length > 0) ? 1 : 0;
  });
}

function printImport(
  file: string,
  { exceptions, problems, warnings, summary }: ExceptionImport,
  terminal: Terminal,
): void {
  for (const problem of problems) {
    terminal.err(`${describe(problem)}\n`);
  }
  for (const warning of warnings) {
    terminal.err(`note: ${describe(warning)}\n`);
  }
  for (const { line, name, rules, wouldHide, malicious, breadth } of exceptions) {
    const bad = malicious === 0 ? "" : `, ${malicious} JUDGED MALICIOUS`;
    terminal.out(
      `${visible(`${file}:${line}  ${name}: ${breadth}, ${rules} rules, would hide ${wouldHide} alerts${bad}`)}\n`,
    );
  }
  terminal.out(`${visible(`${file}: ${summary}`)}\n`);
}

async function exportFile(command: Command, args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const read = readArguments(
    args,
    {
      options: { format: text, output, json: flag },
      folders: ["rules"],
      positionals: { least: 1, most: 10_001, what: "export" },
    },
    context,
  );
  if (!read.ok) {
    return refuseUsage(command, read.error, terminal);
  }
  const given = read.value;
  const format = exchangeFormat.safeParse(given.text("format"));
  if (!format.success) {
    return refuseUsage(command, [unknownFormat(given, exchangeFormat.options.join(", "))], terminal);
  }
  const ids = given.positionals.slice(1);
  return withStore(command, given.config, { readOnly: true }, terminal, async (store) => {
    const { ruleset, macros } = await loadContent(given.config, store);
    const progress = progressOn(terminal);
    const result = await exportExceptions(
      store,
      { format: format.data, ...(ids.length > 0 ? { ids } : {}) },
      {
        ...{ lists: await allLists(store), rules: ruleset.rules, macros, now: Date.now() },
        onProgress: ({ done, total, unit }) => progress.show(`${done} of ${total} ${unit}`),
      },
    );
    progress.end();
    if (!result.ok) {
      return cannotRun(command, result.error, terminal);
    }
    const written = await writeTo(given, result.value.text, context);
    if (written !== undefined) {
      return cannotRun(command, written, terminal);
    }
    if (given.flag("json")) {
      terminal.out(json(result.value));
    } else {
      printExport(result.value, given.text("output") === undefined, terminal);
    }
    return result.value.exceptions.some(({ refused }) => refused !== undefined) ? 1 : 0;
  });
}

/** The text goes to standard output, so what it is worth goes to the other one. */
function printExport({ exceptions, text: content, exported }: ExceptionExport, toOutput: boolean, terminal: Terminal) {
  for (const { name, form, notes, refused, proof } of exceptions) {
    const lines = [
      refused === undefined ? `${name}: ${form}. ${proof?.sentence ?? ""}` : `${name}: not exported. ${refused}`,
      ...notes.map((note) => `  ${note}`),
    ];
    terminal.err(`${lines.map((line) => visible(line.trimEnd())).join("\n")}\n`);
  }
  terminal.err(`Exported ${exported} of ${exceptions.length} exceptions.\n`);
  if (toOutput) {
    terminal.out(content);
  }
}

async function tune(command: Command, args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  const read = readArguments(
    args,
    {
      options: { output, json: flag },
      folders: ["rules"],
      positionals: { least: 2, most: 2, what: "tune and the id of an exception" },
    },
    context,
  );
  if (!read.ok) {
    return refuseUsage(command, read.error, terminal);
  }
  const given = read.value;
  return withStore(command, given.config, { readOnly: true }, terminal, async (store) => {
    const record = await store.exceptions.get(given.positionals[1] ?? "");
    if (record === undefined) {
      return cannotRun(command, { code: "exception.not-found", message: "Exception not found" }, terminal);
    }
    const { ruleset, macros } = await loadContent(given.config, store);
    const proposal = await tuningProposalOf(store, record, {
      rules: ruleset.rules,
      macros,
      lists: await allLists(store),
    });
    const written = await writeTo(given, proposal.markdown, context);
    if (written !== undefined) {
      return cannotRun(command, written, terminal);
    }
    if (given.flag("json")) {
      terminal.out(json(proposal));
    } else if (given.text("output") === undefined) {
      terminal.out(proposal.markdown);
    }
    return 0;
  });
}

/** Writes the text where `--output` says; a problem if that fails. */
async function writeTo(given: Arguments, content: string, { directory }: CommandContext): Promise<Problem | undefined> {
  const file = given.text("output");
  try {
    await (file === undefined ? undefined : writeFile(resolve(directory, file), content));
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "input.unreadable", message: `cannot write: ${message}`, at: { file: file ?? "" } };
  }
}

function unknownFormat(given: Arguments, expected: string): Problem {
  const format = given.text("format");
  const found = format === undefined ? "Missing: --format." : `Unknown format: ${format}.`;
  return { code: "usage.value", message: `${found} Expected ${expected}.` };
}

function unreadable(file: string, error: unknown): Problem {
  return { code: "input.unreadable", message: error instanceof Error ? error.message : String(error), at: { file } };
}
