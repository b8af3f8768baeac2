import type { StepStatistics } from "#contracts/playbook-statistics";
import { medianOf, p90Of } from "../../lib/quantiles.ts";
import type { RecordedAct } from "./facts.ts";

/** In milliseconds: somebody who recorded nothing for longer did something else meanwhile. */
const INTERRUPTION = 30 * 60_000;

/** Answers the question since when a person had been at an answer: what they recorded before it on the incident. */
export type Preceding = (act: RecordedAct) => number | undefined;

export function precedingActs(acts: readonly RecordedAct[]): Preceding {
  const times = new Map(
    [...Map.groupBy(acts, keyOf)].map(([key, all]) => [key, all.map(({ at }) => at).sort((a, b) => a - b)]),
  );
  return (act) => {
    const all = times.get(keyOf(act)) ?? [];
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      [low, high] = (all[middle] ?? act.at) < act.at ? [middle + 1, high] : [low, middle];
    }
    return all[low - 1];
  };
}

const keyOf = ({ incident, person }: RecordedAct) => JSON.stringify([incident, person]);

/**
 * How long the answers to one step took. An answer for several alerts of an incident was given once. Acts of the same
 * moment precede none of each other, so that the order in which they are given does not matter.
 */
export function timesOf(given: readonly RecordedAct[], preceding: Preceding): StepStatistics["time"] {
  const once = new Map(given.map((act) => [JSON.stringify([act.incident, act.person, act.at]), act]));
  const since = [...once.values()].map((act) => {
    const before = preceding(act);
    return before === undefined ? undefined : act.at - before;
  });
  const known = since.filter((time) => time !== undefined);
  const measured = known.filter((time) => time <= INTERRUPTION).sort((a, b) => a - b);
  return {
    measured: measured.length,
    median: medianOf(measured),
    p90: p90Of(measured),
    interrupted: known.length - measured.length,
    unpreceded: since.length - known.length,
  };
}
