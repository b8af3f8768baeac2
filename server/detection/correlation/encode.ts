import { z } from "zod";
import type { Occurrence, Onward } from "./occurrence.ts";

const texts = z.array(z.string());
const member = z.object({ id: z.string(), time: z.number() });
const onward: z.ZodType<Onward> = z.lazy(() =>
  z.object({ tuples: texts, values: z.array(texts), onward: onward.optional() }),
);
/** Id, time and, where they are telling, the rest: most occurrences are an event of the only input. */
const occurrence = z.union([
  z.tuple([z.string(), z.number()]),
  z.tuple([
    z.string(),
    z.number(),
    z.object({
      inputs: z.array(z.number()).optional(),
      values: z.array(texts).optional(),
      onward: onward.optional(),
      members: z.array(member).optional(),
      size: z.number().optional(),
      group: z.string().optional(),
      until: z.number().optional(),
    }),
  ]),
]);
const chunk = z.array(occurrence);

const group = z.object({
  count: z.number(),
  newest: z.number(),
  /** Findings that were told of, by cell, with a digest of what was told. */
  told: z.array(z.tuple([z.number(), z.string()])),
  pending: z.boolean(),
});
/** What is kept of a group beside its occurrences. */
export type GroupFacts = Readonly<z.infer<typeof group>>;

const onlyInput: readonly number[] = [0];
const noValues: readonly (readonly string[])[] = [];

export function encodeOccurrences(occurrences: readonly Occurrence[]): string {
  return JSON.stringify(
    occurrences.map(({ id, time, inputs, values, ...rest }) => {
      const more = {
        ...rest,
        ...(inputs.length === 1 && inputs[0] === 0 ? {} : { inputs }),
        ...(values.length === 0 ? {} : { values }),
      };
      return Object.keys(more).length === 0 ? [id, time] : [id, time, more];
    }),
  );
}

/** Occurrences from their text; none when the text is none. */
export function decodeOccurrences(text: string): readonly Occurrence[] {
  const parsed = chunk.safeParse(jsonOf(text));
  return parsed.success
    ? parsed.data.map(([id, time, more = {}]) => ({ id, time, inputs: onlyInput, values: noValues, ...more }))
    : [];
}

export function encodeGroup(facts: GroupFacts): string {
  return JSON.stringify(facts);
}

export function decodeGroup(text: string): GroupFacts | undefined {
  return group.safeParse(jsonOf(text)).data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
