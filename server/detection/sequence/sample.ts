import type { Member, SampleState } from "./state.ts";

export function emptySample(): SampleState {
  return { kind: "sample", candidates: [], newest: Number.NEGATIVE_INFINITY };
}

/**
 * Adds an event that matches some stages of a sample. The first `depth` events of each stage are kept: as many as there
 * are stages suffice to give each stage a different event.
 */
export function addToSample(
  { count, depth, window }: { readonly count: number; readonly depth: number; readonly window: number | undefined },
  before: SampleState,
  member: Member,
  stages: ReadonlySet<number>,
): SampleState {
  const newest = Math.max(before.newest, member.time);
  const isInWindow = ({ time }: Member) => window === undefined || newest - time <= window;
  const candidates = Array.from({ length: count }, (_, stage) => {
    const known = (before.candidates[stage] ?? []).filter(isInWindow);
    return stages.has(stage) && known.length < depth && isInWindow(member) ? [...known, member] : known;
  });
  return { kind: "sample", candidates, newest };
}

/** Up to `maximum` choices of one event per stage, all different, earlier events first. The search is bounded. */
export function samplesOf(count: number, state: SampleState, maximum: number): readonly (readonly Member[])[] {
  const found: (readonly Member[])[] = [];
  let steps = 0;
  const choose = (chosen: readonly Member[]): void => {
    const stage = chosen.length;
    if (stage === count) {
      found.push(chosen);
      return;
    }
    for (const member of state.candidates[stage] ?? []) {
      steps++;
      if (found.length >= maximum || steps > maximumSteps) {
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

const maximumSteps = 100_000;
