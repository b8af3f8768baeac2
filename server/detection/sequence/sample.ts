import type { Member, SampleState } from "./state.ts";

export function emptySample(): SampleState {
  return { kind: "sample", candidates: [], newest: Number.NEGATIVE_INFINITY };
}

/**
 * An event that matches some stages of a sample. Of each stage the first `depth` events are kept: as many as there are stages
 * are enough to give each stage an event of its own.
 */
export function addToSample(
  { count, depth, window }: { readonly count: number; readonly depth: number; readonly window: number | undefined },
  before: SampleState,
  member: Member,
  stages: ReadonlySet<number>,
): SampleState {
  const newest = Math.max(before.newest, member.time);
  const near = ({ time }: Member) => window === undefined || newest - time <= window;
  const candidates = Array.from({ length: count }, (_, stage) => {
    const known = (before.candidates[stage] ?? []).filter(near);
    return stages.has(stage) && known.length < depth && near(member) ? [...known, member] : known;
  });
  return { kind: "sample", candidates, newest };
}

/**
 * Choices of one event per stage, all different, the first events first; at most `most` of them. The search looks at a
 * bounded number of choices, as each stage has few events.
 */
export function samplesOf(count: number, state: SampleState, most: number): readonly (readonly Member[])[] {
  const found: (readonly Member[])[] = [];
  let looked = 0;
  const choose = (chosen: readonly Member[]): void => {
    const stage = chosen.length;
    if (stage === count) {
      found.push(chosen);
      return;
    }
    for (const member of state.candidates[stage] ?? []) {
      looked++;
      if (found.length >= most || looked > mostLooks) {
        return;
      }
      if (!chosen.some(({ id }) => id === member.id)) {
        choose([...chosen, member]);
      }
    }
  };
  if (Array.from({ length: count }, (_, stage) => state.candidates[stage]?.length ?? 0).every((size) => size > 0)) {
    choose([]);
  }
  return found;
}

const mostLooks = 100_000;
