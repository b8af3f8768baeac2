import type { JoinKey } from "../../sequence/plan.ts";
import { ParseFailure } from "../source.ts";
import type { Expression } from "./expression.ts";
import { expressionParser } from "./expression-parser.ts";
import type { EventPattern, ParsedQuery, Pipe, SampleQuery, SequenceQuery, StagePattern } from "./query.ts";
import { type TokenReader, tokenReader } from "./token-reader.ts";
import { describeToken, type Token, tokenize } from "./tokens.ts";

/** Parses a whole query: single events, sequence or sample, with pipes. Throws `ParseFailure`. */
export function parseQuery(text: string): ParsedQuery {
  const reader = tokenReader(tokenize(text));
  const grammar = queryGrammar(reader);
  const parsed = grammar.query();
  expectEnd(reader, parsed.kind === "event" ? '"and", "or", an operator, "|" or the end of the query' : afterStages);
  return parsed;
}

const afterStages = '"[", "until", "|" or the end of the query';

/** Parses a condition or a value. Throws `ParseFailure`. */
export function parseExpression(text: string): Expression {
  const reader = tokenReader(tokenize(text));
  const parsed = expressionParser(reader)();
  expectEnd(reader, '"and", "or", an operator or the end of the condition');
  return parsed;
}

function expectEnd({ peek }: TokenReader, expected: string): void {
  if (peek().kind !== "end") {
    throw new ParseFailure(`expected ${expected}, found ${describeToken(peek())}`, peek().at);
  }
}

const maximumRuns = 100;
const maximumStages = 256;
const maximumKeys = 64;

function queryGrammar(reader: TokenReader) {
  const { peek, next, skip, isSymbol, isKeyword, expectSymbol } = reader;
  const expression = expressionParser(reader);

  function query(): ParsedQuery {
    const first = peek();
    const word = first.kind === "name" ? first.plain : undefined;
    if (word === "join" && !isKeyword("where", 1)) {
      throw new ParseFailure('"join" queries are not supported: expected "sequence" or "sample"', first.at, {
        unsupported: true,
      });
    }
    if ((word === "sequence" || word === "sample") && !isKeyword("where", 1)) {
      skip(1);
      const parsed = word === "sequence" ? sequence(first.at) : sample(first.at);
      return { ...parsed, pipes: pipes() };
    }
    const pattern = event();
    return { kind: "event", ...pattern, pipes: pipes() };
  }

  function event(): EventPattern<Expression> {
    const first = next();
    if (first.kind !== "string" && first.kind !== "name") {
      throw new ParseFailure(`expected an event category or "any", found ${describeToken(first)}`, first.at);
    }
    if (!isKeyword("where")) {
      throw new ParseFailure(`expected "where" after the event category, found ${describeToken(peek())}`, peek().at);
    }
    skip(1);
    const category = first.kind === "string" ? first.value : first.plain === "any" ? undefined : first.path;
    return { category, condition: expression() };
  }

  function sequence(at: number): SequenceQuery<Expression> {
    const by = joinKeys();
    const maxspan = isKeyword("with") ? span() : undefined;
    if (maxspan !== undefined && isKeyword("by")) {
      throw new ParseFailure('expected "[", found "by": join keys come before "with maxspan"', peek().at);
    }
    const stages = stagesOf(by, "sequence");
    let until: StagePattern<Expression> | undefined;
    if (isKeyword("until")) {
      skip(1);
      const { at: untilAt, ...pattern } = stage("sequence");
      if (pattern.missing || pattern.runs !== 1) {
        throw new ParseFailure('expected one event after "until", without "!" and "with runs"', untilAt);
      }
      expectSameKeyCount(pattern, stages[0], untilAt);
      until = pattern;
    }
    const count = stages.reduce((sum, { runs }) => sum + runs, 0);
    const missing = stages.find((candidate) => candidate.missing);
    if (count < 2) {
      throw new ParseFailure(`expected at least 2 events in a sequence, found ${count}`, at);
    }
    if (count > maximumStages) {
      throw new ParseFailure(`the sequence has ${count} events; at most ${maximumStages} are supported`, at);
    }
    if (missing !== undefined && maxspan === undefined) {
      throw new ParseFailure('expected "with maxspan=…": a missing event needs a span of time', missing.at);
    }
    if (stages.every((candidate) => candidate.missing)) {
      throw new ParseFailure("expected at least one event that is not missing", at);
    }
    return { kind: "sequence", by, maxspan, stages: stages.map(withoutOffset), until, pipes: [] };
  }

  function sample(at: number): SampleQuery<Expression> {
    const by = joinKeys();
    if (isKeyword("with")) {
      throw new ParseFailure('expected "[", found "with": a sample has no order, so no span of time', peek().at);
    }
    const stages = stagesOf(by, "sample");
    if (isKeyword("until")) {
      throw new ParseFailure('expected "[" or "|", found "until": a sample has no order', peek().at);
    }
    if (stages.length < 2) {
      throw new ParseFailure(`expected at least 2 events in a sample, found ${stages.length}`, at);
    }
    if (by.length + (stages[0]?.by.length ?? 0) === 0) {
      throw new ParseFailure('expected "by" and a field: a sample is joined by at least one key', at);
    }
    return { kind: "sample", by, stages: stages.map(withoutOffset), pipes: [] };
  }

  type StageWithOffset = StagePattern<Expression> & { readonly at: number };

  function stagesOf(by: readonly JoinKey[], kind: "sequence" | "sample"): readonly StageWithOffset[] {
    const stages: StageWithOffset[] = [];
    if (!isSymbol("[") && !isSymbol("!")) {
      const expected = by.length > 0 ? '"," or "["' : '"by", "with" or "["';
      throw new ParseFailure(`expected ${expected}, found ${describeToken(peek())}`, peek().at);
    }
    while (isSymbol("[") || isSymbol("!")) {
      const found = stage(kind);
      expectSameKeyCount(found, stages[0], found.at);
      stages.push(found);
    }
    return stages;
  }

  function stage(kind: "sequence" | "sample"): StageWithOffset {
    const { at } = peek();
    const missing = isSymbol("!");
    if (missing && kind === "sample") {
      throw new ParseFailure('expected "[", found "!": a sample has no order, so nothing can be missing', at);
    }
    skip(missing ? 1 : 0);
    expectSymbol("[", "before the event");
    const pattern = event();
    expectSymbol("]", 'or "and", "or", an operator after the condition');
    const by = joinKeys();
    return { ...pattern, by, missing, runs: runs(kind), at };
  }

  function runs(kind: "sequence" | "sample"): number {
    if (isKeyword("fork")) {
      throw new ParseFailure('"fork" is not supported', peek().at, { unsupported: true });
    }
    if (!isKeyword("with")) {
      return 1;
    }
    if (kind === "sample") {
      throw new ParseFailure('expected "[", found "with": the events of a sample have no runs', peek().at);
    }
    const value = setting("runs");
    if (value.kind !== "number" || value.decimal || value.value < 1 || value.value > maximumRuns) {
      throw new ParseFailure(
        `expected a whole number from 1 to ${maximumRuns} after "runs=", found ${describeToken(value)}`,
        value.at,
      );
    }
    return value.value;
  }

  function span(): number {
    const value = setting("maxspan");
    const [, digits = "", unit = ""] = (value.kind === "quantity" && /^(\d+)([a-z]+)$/.exec(value.text)) || [];
    const milliseconds = Number(digits) * (units.get(unit) ?? Number.NaN);
    if (!Number.isSafeInteger(milliseconds) || milliseconds < 1) {
      throw new ParseFailure(
        `expected a whole number with ms, s, m, h or d after "maxspan=", found ${describeToken(value)}`,
        value.at,
      );
    }
    return milliseconds;
  }

  /** Reads `with name=value` and returns the value. */
  function setting(name: "maxspan" | "runs"): Token {
    skip(1);
    if (!isKeyword(name)) {
      throw new ParseFailure(`expected "${name}" after "with", found ${describeToken(peek())}`, peek().at);
    }
    skip(1);
    expectSymbol("=", `after "${name}"`);
    return next();
  }

  function joinKeys(): readonly JoinKey[] {
    if (!isKeyword("by")) {
      return [];
    }
    const keys: JoinKey[] = [];
    do {
      skip(1);
      keys.push(joinKey());
    } while (isSymbol(","));
    if (keys.length > maximumKeys) {
      throw new ParseFailure(`more than ${maximumKeys} join keys`, peek().at);
    }
    return keys;
  }

  function joinKey(): JoinKey {
    const optional = isSymbol("?");
    skip(optional ? 1 : 0);
    const token = next();
    if (token.kind !== "name" || token.tilde || isSymbol("(")) {
      const found = token.kind === "name" ? `the function "${token.path}"` : describeToken(token);
      throw new ParseFailure(`expected a field to join by, found ${found}`, token.at);
    }
    return { field: token.path, optional };
  }

  function pipes(): readonly Pipe[] {
    const found: Pipe[] = [];
    while (isSymbol("|")) {
      skip(1);
      const name = next();
      const word = name.kind === "name" ? (name.plain ?? "") : "";
      if (word !== "head" && word !== "tail") {
        throw new ParseFailure(`expected "head" or "tail" after "|", found ${describeToken(name)}`, name.at, {
          unsupported: obsoletePipes.has(word),
        });
      }
      const count = next();
      if (count.kind !== "number" || count.decimal) {
        throw new ParseFailure(`expected a whole number after "${word}", found ${describeToken(count)}`, count.at);
      }
      found.push({ kind: word, count: count.value });
    }
    return found;
  }

  return { query };
}

/** Pipes of the original EQL, which Elasticsearch does not have. */
const obsoletePipes: ReadonlySet<string> = new Set(["count", "filter", "sort", "unique", "unique_count"]);

const units: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

function expectSameKeyCount(
  stage: StagePattern<Expression>,
  first: StagePattern<Expression> | undefined,
  at: number,
): void {
  if (first !== undefined && first.by.length !== stage.by.length) {
    throw new ParseFailure(`expected ${first.by.length} join keys as in the first event, found ${stage.by.length}`, at);
  }
}

function withoutOffset({ at: _, ...stage }: StagePattern<Expression> & { readonly at: number }) {
  return stage;
}
