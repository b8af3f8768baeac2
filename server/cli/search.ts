import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { Problem } from "#contracts/problem";
import { compileCondition } from "../condition/evaluate.ts";
import type { Condition } from "../condition/tree.ts";
import { compileEql, parseEql } from "../detection/languages/eql/eql.ts";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import { compileSearch } from "../detection/search.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { type Arguments, type Command, cannotRun, describe, readArguments, refuseUsage } from "./command.ts";
import { loadKnowledge, openStore } from "./open.ts";
import { documents, type Searchable, telemetry } from "./search-data.ts";
import type { Terminal } from "./terminal.ts";

const usage = `Usage: stemma search --lang eql|tstats (QUERY | --queries FILE.ndjson) [--data FILE…] [--limit N]

Searches what is stored, or straight over files. One JSON line per query: {"id", "total", "events"} or {"id", "error"}.
  --lang               eql or tstats; a line of --queries may name its own as "lang"
  --queries FILE       one {"id", "query"} object a line
  --data FILE          telemetry files, folders or archives instead of the store; may be repeated
  --timestamp-field, --tiebreaker-field
                       with --data: plain JSON documents, ordered by these fields
  --category-field     the field that an EQL category is compared with (default event.category)
  --id-field           the field whose value names an event in the result
  --limit N            at most so many events a query from the store (default 1000); totals are exact
  --db FILE            the database (default stemma.db, or STEMMA_STORE)`;

const languages = z.enum(["eql", "tstats"]);
type Language = z.infer<typeof languages>;
const queryLine = z.object({ id: z.union([z.string(), z.number()]), query: z.string(), lang: languages.optional() });

interface Question {
  readonly id: string | number;
  readonly query: string;
  readonly language: Language;
}

interface Answer {
  readonly total: number;
  readonly events: readonly (string | number)[];
  readonly cut?: string;
}

type Source = (condition: Condition) => Promise<Answer>;

export const searchCommand: Command = {
  name: "search",
  usage,
  async run(args, surroundings) {
    const { terminal } = surroundings;
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
          json: { type: "boolean" },
        },
        numbers: ["limit"],
        folders: ["rules"],
        positionals: { least: 0, most: 1, what: "a query" },
      },
      surroundings,
    );
    if (!read.ok) {
      return refuseUsage(searchCommand, read.error, terminal);
    }
    const language = languages.safeParse(read.value.text("lang") ?? "eql");
    if (!language.success) {
      const message = "--lang must be eql or tstats.";
      return refuseUsage(searchCommand, [{ code: "usage.lang", message }], terminal);
    }
    const questions = await questionsOf(read.value, language.data);
    if (!questions.ok) {
      return refuseUsage(searchCommand, [questions.error], terminal);
    }
    return answerAll(read.value, questions.value, terminal);
  },
};

async function questionsOf(given: Arguments, language: Language): Promise<Result<readonly Question[], Problem>> {
  const [query] = given.positionals;
  const file = given.text("queries");
  if ((query === undefined) === (file === undefined)) {
    return fail({ code: "usage.query", message: "Give one query, or a file of queries with --queries." });
  }
  if (query !== undefined) {
    return ok([{ id: "query", query, language }]);
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
        return fail({ code: "input.query", message, at: { file: path, line: index + 1 } });
      }
      questions.push({ id: parsed.id, query: parsed.query, language: parsed.lang ?? language });
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
  const { macros } = await loadKnowledge(given.config);
  let troubled = false;
  const report = (problem: Problem) => {
    troubled = true;
    terminal.err(`${describe(problem)}\n`);
  };
  const opened = await openSource(given, report);
  if (!opened.ok) {
    return cannotRun(searchCommand, opened.error, terminal);
  }
  const { source, close } = opened.value;
  try {
    for (const question of questions) {
      const condition = compile(question, given.text("category-field"), macros);
      if (condition.ok) {
        terminal.out(`${JSON.stringify({ id: question.id, ...(await source(condition.value)) })}\n`);
      } else {
        troubled = true;
        terminal.out(`${JSON.stringify({ id: question.id, events: [], error: condition.error })}\n`);
      }
    }
  } finally {
    await close();
  }
  return troubled ? 1 : 0;
}

function compile(question: Question, categoryField: string | undefined, macros: Macros): Result<Condition, Problem> {
  if (question.language === "eql") {
    const parsed = parseEql(question.query);
    if (!parsed.ok) {
      return parsed;
    }
    const query = parsed.value;
    return query.kind === "event"
      ? ok(compileEql(query, { categoryField }))
      : fail({ code: "search.not-single", message: "Only queries over single events can be searched for here." });
  }
  const search = compileSearch(question.language, question.query, macros);
  return search.ok ? ok(search.value.condition) : search;
}

async function openSource(
  given: Arguments,
  report: (problem: Problem) => void,
): Promise<Result<{ readonly source: Source; close(): Promise<void> }, Problem>> {
  const names = {
    timestamp: given.text("timestamp-field"),
    tiebreaker: given.text("tiebreaker-field"),
    id: given.text("id-field"),
  };
  const paths = given.texts("data");
  if (paths.length === 0) {
    const store = await openStore(given.config, { readOnly: true });
    const limit = given.number("limit") ?? 1000;
    return store.ok ? ok({ source: overStore(store.value, limit, names.id), close: () => store.value.close() }) : store;
  }
  const events =
    names.timestamp === undefined && names.tiebreaker === undefined
      ? ok(await telemetry(paths, given.config.archive, names, report))
      : await documents(paths, names);
  return events.ok ? ok({ source: overEvents(events.value), close: async () => {} }) : events;
}

function overEvents(events: readonly Searchable[]): Source {
  return async (condition) => {
    const matches = compileCondition(condition);
    const found = events.filter(({ fields }) => matches(fields)).map(({ id }) => id);
    return { total: found.length, events: found };
  };
}

function overStore(store: Store, limit: number, idField: string | undefined): Source {
  return async (condition) => {
    const found = await store.events.find({ condition, limit, order: "oldest-first" });
    const ids = found.events.map(({ id, fields }) => {
      const named = idField === undefined ? undefined : fields[idField];
      return typeof named === "string" || typeof named === "number" ? named : id;
    });
    return {
      total: found.total,
      events: ids,
      cut:
        ids.length < found.total
          ? `The first ${ids.length} of ${found.total} events are listed; see --limit.`
          : undefined,
    };
  };
}
