import type { RuleLanguage } from "#contracts/language";
import type { Problem } from "#contracts/problem";
import { canHaveField } from "../condition/computed-fields.ts";
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
  /** -1 for a missing event. */
  readonly sequences?: readonly (readonly Id[])[];
  readonly cut?: string;
}

export interface AnswerLimits {
  readonly size: number | undefined;
  /** Most samples with the same join keys. */
  readonly perKey: number | undefined;
}

/** What is searched: files in memory, or the store. */
export interface Source {
  /** The first `size` matching events, or the last ones; oldest first. */
  events(
    condition: Condition,
    part: { readonly size: number | undefined; readonly last: boolean },
  ): Promise<{ readonly total: number; readonly ids: readonly Id[] }>;
  sequences(plan: SequencePlan, perKey: number | undefined): Promise<readonly FoundSequence[]>;
  /** Whether some event has the field. Absent: all fields count as mapped. */
  readonly isMapped?: (field: string) => boolean;
}

interface Query {
  readonly query: string;
  readonly language: RuleLanguage;
  readonly limits: AnswerLimits;
}

/** Compiles one query and runs it on the source. */
export async function answerQuestion(
  { query, language, limits }: Query,
  source: Source,
  reading: {
    readonly categoryField: string | undefined;
    readonly macros: Macros;
    /** Fields that count as unmapped in any case. */
    readonly unmapped?: ReadonlySet<string>;
    readonly dateFields?: ReadonlySet<string> | undefined;
    readonly versionFields?: ReadonlySet<string> | undefined;
  },
): Promise<Result<Answer, Problem>> {
  const isMapped = (field: string) => reading.unmapped?.has(field) !== true && (source.isMapped?.(field) ?? true);
  const { macros, categoryField, dateFields, versionFields } = reading;
  const compiled = compileQuery(language, query, { macros, categoryField, isMapped, dateFields, versionFields });
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
  const piped = pipes.reduce(applyPipe, found);
  const listed = piped.slice(0, size ?? piped.length);
  return {
    total: piped.length,
    sequences: listed.map((sequence) => sequence.map((id) => id ?? -1)),
    cut: truncationText(listed.length, piped.length, "sequences"),
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
  const piped = rest.reduce(applyPipe, found.ids);
  const listed = piped.slice(0, size ?? piped.length);
  const total = first === undefined ? found.total : piped.length;
  return { total, events: listed, cut: truncationText(listed.length, total, "events") };
}

function applyPipe<T>(found: readonly T[], { kind, count }: Pipe): readonly T[] {
  return kind === "head" ? found.slice(0, count) : found.slice(Math.max(0, found.length - count));
}

function truncationText(listed: number, total: number, what: string): string | undefined {
  return listed < total ? `The first ${listed} of ${total} ${what} are listed; see --limit.` : undefined;
}

/** `catalogue`: a field that neither an event nor `mapped` has counts as unmapped. */
export function overEvents(
  { ordered, asRead }: Searchables,
  options: { readonly catalogue?: boolean; readonly mapped?: Iterable<string> } = {},
): Source {
  const known = new Set(options.catalogue === true ? asRead.flatMap(({ fields }) => Object.keys(fields)) : []);
  for (const name of options.mapped ?? []) {
    known.add(name);
  }
  return {
    isMapped: options.catalogue === true ? (field) => canHaveField(field, (one) => known.has(one)) : undefined,
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
