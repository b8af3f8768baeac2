import type { RuleHit, RuleRunRequest, RuleRunView } from "#contracts/rule-draft";
import type { Rule } from "../detection/rule.ts";
import type { TimeRange } from "../store/events/port.ts";
import type { Store } from "../store/port.ts";
import type { Ruleset } from "./ruleset.ts";
import { type RunProgress, runRules } from "./run.ts";

/** What a run is about, as a plain value that can be sent to another thread. */
export interface RunInput extends TimeRange {
  readonly what: RuleRunRequest["what"]["kind"];
  /** The draft, or the two versions to compare. Without them all loaded rules run. */
  readonly rules: readonly Rule[] | undefined;
  /** Hits listed per rule. */
  readonly limit: number;
}

/** What people see of a run, apart from its state. */
export type RunFindings = Omit<RuleRunView, "id" | "state" | "milliseconds">;

/** Runs rules over stored events and puts what they found into the form in which it is shown. */
export async function runForView(
  store: Store,
  ruleset: Pick<Ruleset, "rules">,
  input: RunInput,
  { now, onView }: { readonly now: number; readonly onView: (view: () => RunFindings) => void },
): Promise<RunFindings> {
  const { what, from, to, limit } = input;
  const last = await runRules(store, input.rules ?? ruleset.rules, {
    from,
    to,
    limit: what === "all" ? 0 : limit,
    compare: what === "versions",
    now,
    onProgress: (progress) => onView(() => viewOf(progress(), input)),
  });
  return viewOf(last, input);
}

function viewOf(progress: RunProgress, { what, limit }: RunInput): RunFindings {
  const { events, span, until, sources, truncationReason } = progress;
  const [left, right] = progress.rules;
  return {
    events,
    span:
      span === undefined ? undefined : { from: new Date(span.from).toISOString(), to: new Date(span.to).toISOString() },
    until: until === undefined ? undefined : new Date(until).toISOString(),
    exact: truncationReason === undefined,
    truncationReason,
    rules: progress.rules
      .filter(({ hits }) => what !== "all" || hits > 0)
      .map(({ rule, hits, listed }) => ({
        rule: { id: rule.id, name: rule.name, version: rule.version, language: rule.language },
        hits,
        listed: [...listed],
        reason: rule.body.kind === "not-evaluable" ? rule.body.reason : undefined,
      })),
    comparison:
      what === "versions" && left !== undefined && right !== undefined
        ? compared(left.keys, right.keys, limit)
        : undefined,
    coverage:
      events === 0
        ? "No events stored for this period."
        : `${events.toLocaleString("en")} events stored for this period, from ${sources.join(", ")}.`,
  };
}

function compared(
  left: ReadonlyMap<string, RuleHit>,
  right: ReadonlyMap<string, RuleHit>,
  limit: number,
): NonNullable<RuleRunView["comparison"]> {
  const only = (one: ReadonlyMap<string, RuleHit>, other: ReadonlyMap<string, RuleHit>) => {
    const hits = [...one].filter(([key]) => !other.has(key)).map(([, hit]) => hit);
    return { total: hits.length, listed: hits.slice(0, limit) };
  };
  const onlyLeft = only(left, right);
  return { both: left.size - onlyLeft.total, onlyLeft, onlyRight: only(right, left) };
}
