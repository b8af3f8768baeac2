import type { RuleLanguage } from "#contracts/language";
import type { Problem } from "#contracts/problem";
import { compileCondition } from "../condition/evaluate.ts";
import type { Condition } from "../condition/tree.ts";
import type { Pipe } from "../detection/languages/eql/query.ts";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import { compileQuery } from "../detection/rule-languages.ts";
import { createFinder, type FoundSequence } from "../detection/sequence/find.ts";
import { anyStageCondition, type SequencePlan } from "../detection/sequence/plan.ts";
import { ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import type { Searchable, Searchables } from "./search-data.ts";

type Id = string | number;

export interface Answer {
  readonly total: number;
  readonly events?: readonly Id[];
  /** -1 in the place of a missing event. */
  readonly sequences?: readonly (readonly Id[])[];
  readonly cut?: string;
}

export interface AnswerLimits {
  readonly size: number | undefined;
  /** Samples of the same join keys. */
  readonly perKey: number | undefined;
}

/** What is searched: files in memory or the store. */
export interface Source {
  /** Matching events, oldest first: the first ones, or with `last` the last ones, as many as asked for. */
  events(
    condition: Condition,
    part: { readonly size: number | undefined; readonly last: boolean },
  ): Promise<{ readonly total: number; readonly ids: readonly Id[] }>;
  sequences(plan: SequencePlan, perKey: number | undefined): Promise<readonly FoundSequence[]>;
  /** Whether some event has the field, where that is known; else all fields count as known. */
  readonly isMapped?: (field: string) => boolean;
}

interface Asked {
  readonly query: string;
  readonly language: RuleLanguage;
  readonly limits: AnswerLimits;
}

/** Compiles one query and answers it from the source. */
export async function answerQuestion(
  { query, language, limits }: Asked,
  source: Source,
  reading: {
    readonly categoryField: string | undefined;
    readonly macros: Macros;
    /** Fields that no event source has, beside those that the source says so of. */
    readonly unmapped?: ReadonlySet<string>;
  },
): Promise<Result<Answer, Problem>> {
  const isMapped = (field: string) => reading.unmapped?.has(field) !== true && (source.isMapped?.(field) ?? true);
  const { macros, categoryField } = reading;
  const compiled = compileQuery(language, query, { macros, categoryField, isMapped });
  if (!compiled.ok) {
    return compiled;
  }
  return ok(
    compiled.value.kind === "events"
      ? await eventAnswer(compiled.value.condition, compiled.value.pipes, limits, source)
      : await sequenceAnswer(compiled.value.plan, compiled.value.pipes, limits, source),
  );
}

async function sequenceAnswer(
  plan: SequencePlan,
  pipes: readonly Pipe[],
  { size, perKey }: AnswerLimits,
  source: Source,
): Promise<Answer> {
  const found = await source.sequences(plan, perKey);
  const piped = pipes.reduce(cutBy, found);
  const listed = piped.slice(0, size ?? piped.length);
  return {
    total: piped.length,
    sequences: listed.map((sequence) => sequence.map((id) => id ?? -1)),
    cut: cutText(listed.length, piped.length, "sequences"),
  };
}

async function eventAnswer(
  condition: Condition,
  pipes: readonly Pipe[],
  { size }: AnswerLimits,
  source: Source,
): Promise<Answer> {
  const [first, ...rest] = pipes;
  const found = await source.events(condition, { size: first?.count ?? size, last: first?.kind === "tail" });
  const piped = rest.reduce(cutBy, found.ids);
  const listed = piped.slice(0, size ?? piped.length);
  const total = first === undefined ? found.total : piped.length;
  return { total, events: listed, cut: cutText(listed.length, total, "events") };
}

function cutBy<T>(found: readonly T[], { kind, count }: Pipe): readonly T[] {
  return kind === "head" ? found.slice(0, count) : found.slice(Math.max(0, found.length - count));
}

function cutText(listed: number, total: number, what: string): string | undefined {
  return listed < total ? `The first ${listed} of ${total} ${what} are listed; see --limit.` : undefined;
}

/** `catalogue`: a field that no event has is unknown, not merely absent. */
export function overEvents({ ordered, asRead }: Searchables, options: { readonly catalogue?: boolean } = {}): Source {
  const known = new Set(options.catalogue === true ? asRead.flatMap(({ fields }) => Object.keys(fields)) : []);
  return {
    isMapped: options.catalogue === true ? (field) => known.has(field) : undefined,
    async events(condition, { size, last }) {
      const matches = compileCondition(condition);
      const ids = ordered.filter(({ fields }) => matches(fields)).map(({ id }) => id);
      const part = size === undefined ? ids : last ? ids.slice(Math.max(0, ids.length - size)) : ids.slice(0, size);
      return { total: ids.length, ids: part };
    },
    async sequences(plan, perKey) {
      const finder = createFinder(plan, { maximumPerKey: perKey });
      const events: readonly Searchable[] = plan.kind === "sequence" ? ordered : asRead;
      events.forEach((event) => void finder.add(event));
      return finder.finish();
    },
  };
}

const defaultSize = 1000;

export function overStore(store: Store, idField: string | undefined): Source {
  const idOf = ({ id, fields }: Pick<Searchable, "fields"> & { readonly id: string }): Id => {
    const named = idField === undefined ? undefined : fields[idField];
    return typeof named === "string" || typeof named === "number" ? named : id;
  };
  return {
    async events(condition, { size = defaultSize, last }) {
      const order = last ? "newest-first" : "oldest-first";
      const found = await store.events.find({ condition, limit: size, order });
      const ids = found.events.map(idOf);
      return { total: found.total, ids: last ? ids.reverse() : ids };
    },
    async sequences(plan, perKey) {
      const finder = createFinder(plan, { maximumPerKey: perKey });
      for await (const batch of store.events.scan({ condition: anyStageCondition(plan) })) {
        for (const event of batch) {
          finder.add({ id: idOf(event), time: event.time, fields: event.fields });
        }
      }
      return finder.finish();
    },
  };
}
