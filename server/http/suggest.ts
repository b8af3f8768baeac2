import type { SuggestAnswers } from "../playbooks/suggested.ts";
import type { WorkOptions, WorkPool } from "../work/pool.ts";

/** Steps that somebody waits for in front of a page; more leave a worker free for others. */
const FEW = 20;

/** Has a worker compute what the evidence suggests for an answer. It ends when nobody waits for the answer any more. */
export function suggestInWorker(work: Pick<WorkPool, "run">, options: WorkOptions): SuggestAnswers {
  return (subjects) => {
    const steps = subjects.reduce((count, subject) => count + subject.length, 0);
    return work.run(steps <= FEW ? "suggestedAnswers" : "manySuggestedAnswers", subjects, options);
  };
}
