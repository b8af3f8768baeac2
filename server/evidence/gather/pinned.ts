import type { BundleSections } from "#contracts/bundle";

/** What answers name as evidence, by kind, each once. Fields of alerts have their value in the answer itself. */
export interface PinnedEvidence {
  readonly events: readonly string[];
  readonly alerts: readonly string[];
  readonly processes: readonly string[];
  readonly sessions: readonly string[];
}

export function pinnedEvidence({ questions }: Pick<BundleSections["answers"], "questions">): PinnedEvidence {
  const all = questions.flatMap(({ processes }) => processes.flatMap(({ answer }) => answer?.evidence ?? []));
  const of = (kind: (typeof all)[number]["kind"]) => [
    ...new Set(all.filter((one) => one.kind === kind).map(({ id }) => id)),
  ];
  return { events: of("event"), alerts: of("alert"), processes: of("process"), sessions: of("session") };
}
