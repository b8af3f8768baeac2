import { z } from "zod";
import type { Chain, KeyState, Member, Pending } from "./state.ts";
import { membersOf } from "./state.ts";

const member = z.tuple([z.string(), z.number()]);
const places = z.array(z.number());
const encoded = z.union([
  z.object({
    members: z.array(member),
    pending: z.array(
      z.object({
        position: z.number(),
        started: z.number(),
        spoiled: z.boolean().optional(),
        gap: z.number().optional(),
        leading: z.number().optional(),
        chain: places,
      }),
    ),
    awaiting: z.array(z.object({ deadline: z.number(), chain: places })).optional(),
    absent: z.object({ latest: z.number(), before: z.number().optional() }).optional(),
    newest: z.number(),
  }),
  z.object({ members: z.array(member), candidates: z.array(places), newest: z.number() }),
]);

/** A state as text; each member stands there once, however many sequences share it. */
export function encodeState(state: KeyState): string {
  const numbers = new Map<string, number>();
  const members: (readonly [string, number])[] = [];
  const place = ({ id, time }: Member): number => {
    const known = numbers.get(id);
    if (known !== undefined) {
      return known;
    }
    numbers.set(id, members.length);
    return members.push([id, time]) - 1;
  };
  if (state.kind === "sample") {
    return JSON.stringify({
      candidates: state.candidates.map((stage) => stage.map(place)),
      members,
      newest: state.newest,
    });
  }
  const chain = (of: Chain) => membersOf(of).map(place);
  return JSON.stringify({
    pending: state.pending.flatMap((waiting, position) =>
      waiting === undefined
        ? []
        : [{ ...waiting, position, spoiled: waiting.spoiled || undefined, chain: chain(waiting.chain) }],
    ),
    awaiting:
      state.awaiting.length === 0 ? undefined : state.awaiting.map((one) => ({ ...one, chain: chain(one.chain) })),
    absent: state.absent,
    members,
    newest: state.newest,
  });
}

/** A state from its text; `undefined` when the text is none. */
export function decodeState(text: string): KeyState | undefined {
  const parsed = encoded.safeParse(jsonOf(text));
  if (!parsed.success) {
    return undefined;
  }
  const { data } = parsed;
  const members = data.members.map(([id, time]) => ({ id, time }));
  const at = (of: readonly number[]) => of.flatMap((place) => members[place] ?? []);
  if ("candidates" in data) {
    return { kind: "sample", candidates: data.candidates.map(at), newest: data.newest };
  }
  const pending: (Pending | undefined)[] = [];
  for (const { position, chain, started, spoiled = false, gap, leading } of data.pending) {
    const known = chainOf(at(chain));
    if (known !== undefined) {
      pending[position] = { chain: known, started, spoiled, gap, leading };
    }
  }
  const awaiting = (data.awaiting ?? []).flatMap(({ chain, deadline }) => {
    const known = chainOf(at(chain));
    return known === undefined ? [] : [{ chain: known, deadline }];
  });
  const absent = data.absent === undefined ? undefined : { latest: data.absent.latest, before: data.absent.before };
  return { kind: "sequence", pending: Array.from(pending), awaiting, absent, newest: data.newest };
}

function chainOf(members: readonly Member[]): Chain | undefined {
  return members.reduce<Chain | undefined>((earlier, one) => ({ member: one, earlier }), undefined);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
