import { z } from "zod";
import { parseJson } from "../../lib/parse-json.ts";
import type { Chain, KeyState, Member, Pending, SequenceState } from "./state.ts";
import { membersOf } from "./state.ts";

const member = z.tuple([z.string(), z.number()]);
const indexes = z.array(z.number());
/** The names are those of stored rows: `spoiled`, `gap`, `leading` and `absent` are what the state calls forbidden. */
const encodedSequence = z.object({
  members: z.array(member),
  pending: z.array(
    z.object({
      position: z.number(),
      started: z.number(),
      spoiled: z.boolean().optional(),
      gap: z.number().optional(),
      leading: z.number().optional(),
      chain: indexes,
    }),
  ),
  awaiting: z.array(z.object({ deadline: z.number(), chain: indexes })).optional(),
  absent: z.object({ latest: z.number(), before: z.number().optional() }).optional(),
  newest: z.number(),
});
const encodedSample = z.object({ members: z.array(member), candidates: z.array(indexes), newest: z.number() });
const encoded = z.union([encodedSequence, encodedSample]);

/** Encodes a state; each member is written once, however many sequences share it. */
export function encodeState(state: KeyState): string {
  const numbers = new Map<string, number>();
  const members: [string, number][] = [];
  const indexOf = ({ id, time }: Member): number => {
    const known = numbers.get(id);
    if (known !== undefined) {
      return known;
    }
    numbers.set(id, members.length);
    return members.push([id, time]) - 1;
  };
  if (state.kind === "sample") {
    return JSON.stringify({
      candidates: state.candidates.map((stage) => stage.map(indexOf)),
      members,
      newest: state.newest,
    } satisfies z.input<typeof encodedSample>);
  }
  const encodeChain = (chain: Chain) => membersOf(chain).map(indexOf);
  const { leadingForbidden, awaiting, newest } = state;
  return JSON.stringify({
    pending: state.pending.flatMap((waiting, position) =>
      waiting === undefined
        ? []
        : [
            {
              chain: encodeChain(waiting.chain),
              started: waiting.started,
              spoiled: waiting.violated || undefined,
              gap: waiting.forbiddenAt,
              leading: waiting.leadingForbiddenAt,
              position,
            },
          ],
    ),
    awaiting:
      awaiting.length === 0
        ? undefined
        : awaiting.map(({ chain, deadline }) => ({ chain: encodeChain(chain), deadline })),
    absent: leadingForbidden && { latest: leadingForbidden.latest, before: leadingForbidden.previous },
    members,
    newest,
  } satisfies z.input<typeof encodedSequence>);
}

/** Decodes a state; `undefined` for a text that is none. */
export function decodeState(text: string): KeyState | undefined {
  const parsed = encoded.safeParse(parseJson(text));
  if (!parsed.success) {
    return undefined;
  }
  const { data } = parsed;
  const members = data.members.map(([id, time]) => ({ id, time }));
  const membersAt = (numbers: readonly number[]) => numbers.flatMap((index) => members[index] ?? []);
  return "candidates" in data
    ? { kind: "sample", candidates: data.candidates.map(membersAt), newest: data.newest }
    : decodeSequence(data, (numbers) => chainOf(membersAt(numbers)));
}

function decodeSequence(
  data: z.output<typeof encodedSequence>,
  decodeChain: (indexes: readonly number[]) => Chain | undefined,
): SequenceState {
  const pending: (Pending | undefined)[] = [];
  for (const { position, chain, started, spoiled = false, gap, leading } of data.pending) {
    const decoded = decodeChain(chain);
    if (decoded !== undefined) {
      const times = { started, forbiddenAt: gap, leadingForbiddenAt: leading };
      pending[position] = { chain: decoded, violated: spoiled, ...times };
    }
  }
  const awaiting = (data.awaiting ?? []).flatMap(({ chain, deadline }) => {
    const decoded = decodeChain(chain);
    return decoded === undefined ? [] : [{ chain: decoded, deadline }];
  });
  const { absent, newest } = data;
  const leadingForbidden = absent && { latest: absent.latest, previous: absent.before };
  return { kind: "sequence", pending: Array.from(pending), awaiting, leadingForbidden, newest };
}

function chainOf(members: readonly Member[]): Chain | undefined {
  return members.reduce<Chain | undefined>((earlier, one) => ({ member: one, earlier }), undefined);
}
