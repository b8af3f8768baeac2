import { IconPlayerPlay, IconX } from "@tabler/icons-react";
import type { StepView } from "#contracts/playbook";
import type { QueryRun } from "#contracts/query-run";
import classes from "./run-all.module.css";
import type { RunAll } from "./use-run-all.ts";

/** Starts all queries of the playbook side by side, or ends them; then says what they came to. */
export function RunAllBar({ all }: { readonly all: RunAll }) {
  const { total, found, failed, isRunning, isOn, start, cancel } = all;
  if (total === 0) {
    return null;
  }
  const runs = [...found.values()];
  const withHits = runs.filter(({ outcome }) => outcome === "hits").length;
  const open = runs.filter(({ outcome }) => outcome !== "hits" && outcome !== "no-hits").length;
  return (
    <div className={classes.bar}>
      {isRunning ? (
        <button type="button" onClick={cancel}>
          <IconX size={13} aria-hidden /> Cancel
        </button>
      ) : (
        <button type="button" onClick={start} disabled={isOn && found.size + failed === total}>
          <IconPlayerPlay size={13} aria-hidden />
          {/* What they came to has its room. */}
          <span className={isOn ? classes.hidden : undefined}>
            {total === 1 ? "Run the query" : `Run all ${total} queries`}
          </span>
        </button>
      )}
      <span role="status">
        {isRunning
          ? `${found.size} of ${total} have run`
          : isOn
            ? `${withHits} with hits, ${open} without enough data${failed === 0 ? "" : `, ${failed} failed`}`
            : ""}
      </span>
    </div>
  );
}

/** What the queries of a step came to, as far as they have run. */
export function StepOutcome({ step, all }: { readonly step: StepView; readonly all: RunAll }) {
  const runs = step.queries.flatMap(({ id }) => all.found.get(id) ?? []);
  const text = outcomeOf(runs);
  return text === undefined ? null : <span className={classes.outcome}>{text}</span>;
}

function outcomeOf(runs: readonly QueryRun[]): string | undefined {
  const hits = runs.reduce((sum, { total }) => sum + total, 0);
  if (hits > 0) {
    return `${hits.toLocaleString("en")} ${hits === 1 ? "hit" : "hits"}`;
  }
  return runs.length === 0
    ? undefined
    : runs.every(({ outcome }) => outcome === "no-hits")
      ? "no hits"
      : "not enough data";
}
