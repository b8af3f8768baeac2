import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type RuleLanguage, ruleLanguage } from "#contracts/language";
import type { Problem } from "#contracts/problem";
import { ecsDates } from "../detection/languages/eql/options.ts";
import type { IngestIssue } from "../ingest/issue.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import { toleratingDamage, unreadableOf } from "../store/damage.ts";
import { type Arguments, type Command, cannotRun, describe, readArguments, refuseUsage } from "./command.ts";
import { fewProblems, within } from "./few.ts";
import { loadContent, openStore } from "./open.ts";
import { type AnswerLimits, answerQuestion, overEvents, overStore, type Source } from "./search-answer.ts";
import { documents, telemetry } from "./search-data.ts";
import { fieldsOfType, type Mapping, readMapping } from "./search-mapping.ts";
import type { Terminal } from "./terminal.ts";

const usage = `Usage: stemma search --lang ${ruleLanguage.options.join("|")} (QUERY | --queries FILE.ndjson) [--data FILE…] [--limit N] [--json | --ids]

Searches the stored events, or files. Prints one JSON line per query: {"id", "total", "events"}, for EQL sequences and
samples {"id", "total", "sequences"} with -1 for a missing event, or {"id", "error"}.
  --json               the events themselves: {"id", "time", "fields", "source"} each
  --ids                their ids alone (the default, also beside --json)
  --lang               the language of the query (default eql); for sigma a whole rule in YAML
  --queries FILE       one {"id", "query"} object per line, optionally with "lang", "size", "max_samples_per_key"
  --data FILE          telemetry files, folders or archives instead of the store; can be repeated
  --timestamp-field, --tiebreaker-field
                       with --data: plain JSON documents, ordered by these fields
  --category-field     the field that an EQL category is compared with (default event.category);
                       with --data: plain JSON documents
  --mapping FILE       with --data: the types of fields, from an Elasticsearch mapping (version, null_value, alias, date,
                       ip, numbers and so on); plain JSON documents
  --unmapped FIELD     a field that no event source has, so that EQL reads ?FIELD as null; can be repeated (default:
                       none; with plain JSON documents the fields that no document has)
  --id-field           the field that identifies an event in the result
  --limit N            at most N events or sequences per query; totals are exact (default 1000 from the store)
  --max-samples-per-key N
                       at most N samples with the same join keys (default 1)
  --db FILE            the database (default stemma.db, or STEMMA_STORE)`;

const count = z.number().int().min(0);
const queryLine = z.object({
  id: z.union([z.string(), z.number()]),
  query: z.string(),
  lang: ruleLanguage.optional(),
  size: count.optional(),
  max_samples_per_key: count.optional(),
});

interface Question {
  readonly id: string | number;
  readonly query: string;
  readonly language: RuleLanguage;
  readonly limits: AnswerLimits;
  /** Whether the answer has the events themselves instead of their ids. */
  readonly whole: boolean;
}

export const searchCommand: Command = {
  name: "search",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const text = { type: "string" } as const;
    const read = readArguments(
      args,
      {
        options: {
          lang: text,
          queries: text,
          data: { type: "string", multiple: true },
          "timestamp-field": text,
          "category-field": text,
          "tiebreaker-field": text,
          "id-field": text,
          mapping: text,
          unmapped: { type: "string", multiple: true },
          json: { type: "boolean" },
          ids: { type: "boolean" },
        },
        numbers: ["limit", "max-samples-per-key"],
        folders: ["rules"],
        positionals: { least: 0, most: 1, what: "a query" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(searchCommand, read.error, terminal);
    }
    const language = ruleLanguage.safeParse(read.value.text("lang") ?? "eql");
    if (!language.success) {
      const message = `--lang must be one of ${ruleLanguage.options.join(", ")}.`;
      return refuseUsage(searchCommand, [{ code: "usage.value", message }], terminal);
    }
    const questions = await questionsOf(read.value, language.data);
    if (!questions.ok) {
      return refuseUsage(searchCommand, [questions.error], terminal);
    }
    return answerAll(read.value, questions.value, terminal);
  },
};

async function questionsOf(given: Arguments, language: RuleLanguage): Promise<Result<readonly Question[], Problem>> {
  const [query] = given.positionals;
  const file = given.text("queries");
  if ((query === undefined) === (file === undefined)) {
    return fail({ code: "usage.argument", message: "Give one query, or a file of queries with --queries." });
  }
  const whole = given.flag("json") && !given.flag("ids");
  const limits = { size: given.number("limit"), perKey: given.number("max-samples-per-key") };
  if (query !== undefined) {
    return ok([{ id: "query", query, language, limits, whole }]);
  }
  const path = file ?? "";
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    return fail({
      code: "input.unreadable",
      message: error instanceof Error ? error.message : String(error),
      at: { file: path },
    });
  }
  const questions: Question[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") {
      const parsed = parseLine(line);
      if (parsed === undefined) {
        const message = 'must be a JSON object with "id" and "query"';
        return fail({ code: "input.invalid", message, at: { file: path, line: index + 1 } });
      }
      const { id, lang, size = limits.size, max_samples_per_key: perKey = limits.perKey } = parsed;
      questions.push({ id, query: parsed.query, language: lang ?? language, limits: { size, perKey }, whole });
    }
  }
  return ok(questions);
}

function parseLine(line: string): z.infer<typeof queryLine> | undefined {
  try {
    return queryLine.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

async function answerAll(given: Arguments, questions: readonly Question[], terminal: Terminal): Promise<0 | 1 | 2> {
  const { macros } = await loadContent(given.config);
  let hasProblems = false;
  const isPrinted = within(fewProblems);
  let unprinted = 0;
  const report = ({ severity, problem }: IngestIssue) => {
    hasProblems ||= severity === "rejected";
    if (isPrinted(problem)) {
      terminal.err(`${describe(problem)}\n`);
    } else {
      unprinted += 1;
    }
  };
  const opened = await openSource(given, report);
  if (unprinted > 0) {
    terminal.err(`… and ${unprinted} more problems like these\n`);
  }
  if (!opened.ok) {
    return cannotRun(searchCommand, opened.error, terminal);
  }
  const { source, close, mapping } = opened.value;
  const unmapped = new Set(given.texts("unmapped"));
  const reading = {
    categoryField: given.text("category-field"),
    macros,
    unmapped,
    dateFields: mapping && new Set([...ecsDates, ...fieldsOfType(mapping, "date", "date_nanos")]),
    versionFields: mapping && fieldsOfType(mapping, "version"),
  };
  try {
    for (const { id, ...question } of questions) {
      const { value: answer, damage } = await toleratingDamage(() => answerQuestion(question, source, reading));
      if (answer.ok) {
        hasProblems ||= damage !== undefined;
        terminal.out(`${JSON.stringify({ id, ...answer.value, unreadable: unreadableOf(damage) })}\n`);
      } else {
        hasProblems = true;
        terminal.out(`${JSON.stringify({ id, events: [], error: answer.error })}\n`);
      }
    }
  } finally {
    await close();
  }
  return hasProblems ? 1 : 0;
}

async function openSource(
  given: Arguments,
  report: (issue: IngestIssue) => void,
): Promise<Result<{ readonly source: Source; readonly mapping?: Mapping; close(): Promise<void> }, Problem>> {
  const names = {
    timestamp: given.text("timestamp-field"),
    tiebreaker: given.text("tiebreaker-field"),
    id: given.text("id-field"),
  };
  const paths = given.texts("data");
  const file = given.text("mapping");
  if (paths.length === 0 && file !== undefined) {
    return fail({ code: "usage.argument", message: "--mapping needs --data: stored events have their types." });
  }
  if (paths.length === 0) {
    const store = await openStore(given.config, { readOnly: true });
    return store.ok ? ok({ source: overStore(store.value, names.id), close: () => store.value.close() }) : store;
  }
  const plain = [names.timestamp, names.tiebreaker, given.text("category-field"), file].some(
    (name) => name !== undefined,
  );
  if (!plain) {
    const events = await telemetry(paths, given.config.archive, names, report);
    return ok({ source: overEvents(events), close: async () => {} });
  }
  const read = file === undefined ? ok<Mapping>(new Map()) : await readMapping(file, paths);
  if (!read.ok) {
    return read;
  }
  const mapping = read.value;
  const events = await documents(paths, names, mapping);
  return events.ok
    ? ok({
        source: overEvents(events.value, { catalogue: true, mapped: mapping.keys() }),
        mapping,
        close: async () => {},
      })
    : events;
}
