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
import type { StemmaEvent } from "../event/event.ts";
import { ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import type { Searchable, Searchables } from "./search-data.ts";

type Id = string | number;

/** An event of an answer: itself, or its id alone. */
export type AnsweredEvent = Id | (Pick<Searchable, "id" | "fields" | "source"> & { readonly time: string | undefined });

export interface Answer {
  readonly total: number;
  readonly events?: readonly AnsweredEvent[];
  /** -1 for a missing event. */
  readonly sequences?: readonly (readonly AnsweredEvent[])[];
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
  ): Promise<{ readonly total: number; readonly events: readonly Searchable[] }>;
  /** By keys of their events, which `withKeys` resolves. */
  sequences(plan: SequencePlan, perKey: number | undefined): Promise<readonly FoundSequence[]>;
  withKeys(keys: Iterable<string | number>): Promise<ReadonlyMap<string | number, Searchable>>;
  /** Whether some event has the field. Absent: all fields count as mapped. */
  readonly isMapped?: (field: string) => boolean;
}

interface Query {
  readonly query: string;
  readonly language: RuleLanguage;
  readonly limits: AnswerLimits;
  /** Whether the answer has the events themselves; default: their ids. */
  readonly whole?: boolean;
}

/** Compiles one query and runs it on the source. */
export async function answerQuestion(
  { query, language, limits, whole }: Query,
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
  const shape = whole === true ? wholeEvent : ({ id }: Searchable) => id;
  return ok(
    compiled.value.kind === "events"
      ? await eventAnswer(compiled.value.condition, compiled.value.pipes, limits, source, shape)
      : await sequenceAnswer(compiled.value.plan, compiled.value.pipes, limits, source, shape),
  );
}

type Shape = (event: Searchable) => AnsweredEvent;

const wholeEvent: Shape = ({ id, time, fields, source }) => ({
  id,
  // A document without a time is last.
  time: Number.isFinite(time) ? new Date(time).toISOString() : undefined,
  fields,
  source,
});

async function sequenceAnswer(
  plan: SequencePlan,
  pipes: readonly Pipe[],
  { size, perKey }: AnswerLimits,
  source: Source,
  shape: Shape,
): Promise<Answer> {
  const found = await source.sequences(plan, perKey);
  const piped = pipes.reduce(applyPipe, found);
  const listed = piped.slice(0, size ?? piped.length);
  const events = await source.withKeys(new Set(listed.flat().filter((key) => key !== undefined)));
  return {
    total: piped.length,
    sequences: listed.map((sequence) =>
      sequence.map((key) => {
        const event = key === undefined ? undefined : events.get(key);
        return event === undefined ? -1 : shape(event);
      }),
    ),
    cut: truncationText(listed.length, piped.length, "sequences"),
  };
}

async function eventAnswer(
  condition: Condition,
  pipes: readonly Pipe[],
  { size }: AnswerLimits,
  source: Source,
  shape: Shape,
): Promise<Answer> {
  const [first, ...rest] = pipes;
  const found = await source.events(condition, { size: first?.count ?? size, last: first?.kind === "tail" });
  const piped = rest.reduce(applyPipe, found.events);
  const listed = piped.slice(0, size ?? piped.length);
  const total = first === undefined ? found.total : piped.length;
  return { total, events: listed.map(shape), cut: truncationText(listed.length, total, "events") };
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
  const places = new Map(asRead.map((event, place) => [event, place]));
  const known = new Set(options.catalogue === true ? asRead.flatMap(({ fields }) => Object.keys(fields)) : []);
  for (const name of options.mapped ?? []) {
    known.add(name);
  }
  return {
    isMapped: options.catalogue === true ? (field) => canHaveField(field, (one) => known.has(one)) : undefined,
    async events(condition, { size, last }) {
      const matches = compileCondition(condition);
      const all = ordered.filter(({ fields }) => matches(fields));
      const part = size === undefined ? all : last ? all.slice(Math.max(0, all.length - size)) : all.slice(0, size);
      return { total: all.length, events: part };
    },
    async sequences(plan, perKey) {
      const finder = createFinder(plan, { maximumPerKey: perKey });
      // Two documents may have one id: they are told apart by their places.
      const events: readonly Searchable[] = plan.kind === "sequence" ? ordered : asRead;
      events.forEach((event) => void finder.add({ ...event, id: places.get(event) ?? -1 }));
      return finder.finish();
    },
    withKeys: async (keys) =>
      new Map(
        [...keys].flatMap((key) => {
          const event = asRead[Number(key)];
          return event === undefined ? [] : [[key, event] as const];
        }),
      ),
  };
}

const defaultSize = 1000;

export function overStore(store: Store, idField: string | undefined): Source {
  const searchable = ({ id, time, fields, source }: StemmaEvent): Searchable => {
    const named = idField === undefined ? undefined : fields[idField];
    return { id: typeof named === "string" || typeof named === "number" ? named : id, time, fields, source };
  };
  return {
    async events(condition, { size = defaultSize, last }) {
      const order = last ? "newest-first" : "oldest-first";
      const found = await store.events.find({ condition, limit: size, order });
      const events = found.events.map(searchable);
      return { total: found.total, events: last ? events.reverse() : events };
    },
    async sequences(plan, perKey) {
      const finder = createFinder(plan, { maximumPerKey: perKey });
      for await (const batch of store.events.scan({ condition: anyStageCondition(plan) })) {
        for (const { id, time, fields } of batch) {
          finder.add({ id, time, fields });
        }
      }
      return finder.finish();
    },
    async withKeys(keys) {
      const found = new Map<string | number, Searchable>();
      for (const key of keys) {
        const event = await store.events.get(String(key));
        if (event !== undefined) {
          found.set(key, searchable(event));
        }
      }
      return found;
    },
  };
}
