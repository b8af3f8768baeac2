import type { Answer } from "#contracts/playbook";
import type { TransitionRecord } from "../../alert/record.ts";

export interface TriageReader {
  /** The latest answer to each step. */
  answers(alertId: string): Promise<readonly Answer[]>;
  /** The same for several alerts, under their current ids; alerts without an answer are absent. */
  answersOn(alertIds: readonly string[]): Promise<ReadonlyMap<string, readonly Answer[]>>;
  /** Ids of ticked checklist items. */
  checked(alertId: string): Promise<ReadonlySet<string>>;
  /** Transitions of any of the alerts in the order they were added, under the current ids of the alerts. */
  transitions(alertIds: readonly string[]): Promise<readonly TransitionRecord[]>;
}

export interface TriageWriter extends TriageReader {
  putAnswer(alertId: string, answer: Answer): Promise<void>;
  setChecked(alertId: string, item: string, done: boolean): Promise<void>;
  addTransition(transition: TransitionRecord): Promise<void>;
}
