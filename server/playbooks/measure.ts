import type { AnswerValue } from "#contracts/playbook";
import type { AlertRecord } from "../alert/record.ts";
import type { Store } from "../store/port.ts";
import { examine } from "./examine.ts";
import type { Playbook, Playbooks } from "./playbook.ts";
import type { RunOptions } from "./run-query.ts";
import { finding, suggestAnswer } from "./suggest.ts";

export type Truth = "attack" | "benign";

export interface LabelledAlert {
  readonly alert: AlertRecord;
  readonly truth: Truth;
}

/** On how many alerts of each kind something was so. */
type ByTruth = Readonly<Record<Truth, number>>;

interface CheckFigures {
  readonly playbook: string;
  readonly step: string;
  readonly check: string;
  readonly suggests: AnswerValue;
  /** Alerts on which the check holds. */
  readonly holds: ByTruth;
}

interface StepFigures {
  readonly playbook: string;
  readonly step: string;
  readonly suggested: Readonly<Record<"raises" | "lowers" | "unresolved" | "none", ByTruth>>;
}

export interface Measured {
  /** Measured alerts by playbook. */
  readonly alerts: Readonly<Record<string, ByTruth>>;
  readonly checks: readonly CheckFigures[];
  readonly steps: readonly StepFigures[];
  /** Milliseconds for the suggestions of all steps of one alert. */
  readonly milliseconds: { readonly median: number; readonly longest: number };
}

/** Counts how often the checks of playbooks hold on alerts of which it is known what they were. Changes nothing. */
export async function measureChecks(
  store: Store,
  playbooks: Pick<Playbooks, "forAlert" | "ruleOf">,
  alerts: readonly LabelledAlert[],
  options: { readonly clock: () => number; readonly onProgress?: (done: number) => void },
): Promise<Measured> {
  const counts = new Map<string, { attack: number; benign: number }>();
  const count = (truth: Truth, ...key: readonly string[]) => {
    const name = JSON.stringify(key);
    const known = counts.get(name) ?? { attack: 0, benign: 0 };
    counts.set(name, known);
    known[truth] += 1;
  };
  const countOf = (...key: readonly string[]): ByTruth => counts.get(JSON.stringify(key)) ?? { attack: 0, benign: 0 };
  const used = new Map<string, Playbook>();
  const times: number[] = [];
  for (const [done, { alert, truth }] of alerts.entries()) {
    const playbook = playbooks.forAlert(alert);
    if (playbook !== undefined) {
      const started = options.clock();
      used.set(playbook.id, playbook);
      count(truth, "alerts", playbook.id);
      const run = { clock: options.clock, ruleOf: playbooks.ruleOf };
      await measureAlert(store, playbook, alert, run, (...key) => count(truth, ...key));
      times.push(options.clock() - started);
    }
    options.onProgress?.(done + 1);
  }
  const sorted = [...used.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  times.sort((a, b) => a - b);
  return {
    alerts: Object.fromEntries(sorted.map(({ id }) => [id, countOf("alerts", id)])),
    checks: sorted.flatMap((playbook) =>
      playbook.checks.map(({ id, stepId, suggests }) => ({
        playbook: playbook.id,
        step: stepId,
        check: id,
        suggests,
        holds: countOf("check", playbook.id, id),
      })),
    ),
    steps: sorted.flatMap((playbook) =>
      playbook.steps.map(({ id }) => {
        const suggested = (value: string) => countOf("step", playbook.id, id, value);
        return {
          playbook: playbook.id,
          step: id,
          suggested: {
            raises: suggested("raises"),
            lowers: suggested("lowers"),
            unresolved: suggested("unresolved"),
            none: suggested("none"),
          },
        };
      }),
    ),
    milliseconds: { median: times[Math.floor(times.length / 2)] ?? 0, longest: times.at(-1) ?? 0 },
  };
}

async function measureAlert(
  store: Store,
  playbook: Playbook,
  alert: AlertRecord,
  options: Pick<RunOptions, "clock" | "ruleOf">,
  count: (...key: readonly string[]) => void,
): Promise<void> {
  const steps = playbook.steps.map(({ id }) => id);
  const { context, runs } = await examine(store, playbook, alert, steps, options);
  for (const check of playbook.checks) {
    if (finding(check, context, runs) !== undefined) {
      count("check", playbook.id, check.id);
    }
  }
  for (const step of steps) {
    count("step", playbook.id, step, suggestAnswer(playbook, step, context, runs)?.value ?? "none");
  }
}
