import { z } from "zod";
import { parseJson } from "../../lib/parse-json.ts";
import type { GroupKeys, Occurrence } from "./occurrence.ts";

const texts = z.array(z.string());
const member = z.object({ id: z.string(), time: z.number() });

/** Rows store `GroupKeys.parent` and `Occurrence.parent` as `onward`. */
interface StoredGroupKeys {
  readonly tuples: string[];
  readonly values: string[][];
  readonly onward?: StoredGroupKeys | undefined;
}
const groupKeys: z.ZodType<StoredGroupKeys> = z.lazy(() =>
  z.object({ tuples: texts, values: z.array(texts), onward: groupKeys.optional() }),
);

/** Id, time and, where they differ from the default, the rest: most occurrences are an event of the only input. */
const occurrence = z.union([
  z.tuple([z.string(), z.number()]),
  z.tuple([
    z.string(),
    z.number(),
    z.object({
      inputs: z.array(z.number()).optional(),
      values: z.array(texts).optional(),
      onward: groupKeys.optional(),
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
  /** The reported findings by slot, each with a digest of what was reported. */
  told: z.array(z.tuple([z.number(), z.string()])),
  pending: z.boolean(),
});

/** The stored part of a group apart from its occurrences. */
export interface GroupHeader {
  readonly count: number;
  readonly newest: number;
  readonly reported: ReadonlyMap<number, string>;
  readonly pending: boolean;
}

const onlyInput: readonly number[] = [0];
const noValues: readonly (readonly string[])[] = [];

export function encodeOccurrences(occurrences: readonly Occurrence[]): string {
  return JSON.stringify(
    occurrences.map(({ id, time, inputs, values, parent, ...rest }) => {
      const more = {
        ...(parent === undefined ? {} : { onward: encodeGroupKeys(parent) }),
        ...rest,
        ...(inputs.length === 1 && inputs[0] === 0 ? {} : { inputs }),
        ...(values.length === 0 ? {} : { values }),
      };
      return Object.keys(more).length === 0 ? [id, time] : [id, time, more];
    }),
  );
}

/** Decodes occurrences; none for a text that is no list of them. */
export function decodeOccurrences(text: string): readonly Occurrence[] {
  const parsed = chunk.safeParse(parseJson(text));
  return parsed.success
    ? parsed.data.map(([id, time, { onward, ...more } = {}]) => ({
        id,
        time,
        inputs: onlyInput,
        values: noValues,
        ...more,
        ...(onward === undefined ? {} : { parent: decodeGroupKeys(onward) }),
      }))
    : [];
}

function encodeGroupKeys({ tuples, values, parent }: GroupKeys): object {
  return { tuples, values, ...(parent === undefined ? {} : { onward: encodeGroupKeys(parent) }) };
}

function decodeGroupKeys({ tuples, values, onward }: StoredGroupKeys): GroupKeys {
  return { tuples, values, ...(onward === undefined ? {} : { parent: decodeGroupKeys(onward) }) };
}

export function encodeGroup({ count, newest, reported, pending }: GroupHeader): string {
  return JSON.stringify({ count, newest, told: [...reported], pending } satisfies z.input<typeof group>);
}

export function decodeGroup(text: string): GroupHeader | undefined {
  const { data } = group.safeParse(parseJson(text));
  return data && { count: data.count, newest: data.newest, reported: new Map(data.told), pending: data.pending };
}
