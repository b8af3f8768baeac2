import type { Answer } from "#contracts/playbook";
import type { TransitionRecord } from "../../alert/record.ts";

/** A text that was attached to answers, under its hash. */
export interface StoredText {
  /** SHA-256 of the text in UTF-8, in hex. */
  readonly sha256: string;
  readonly text: string;
}

export interface TriageReader {
  /** The latest answer to each step. */
  answers(alertId: string): Promise<readonly Answer[]>;
  /** The same for several alerts, under their current ids; alerts without an answer are absent. */
  answersOn(alertIds: readonly string[]): Promise<ReadonlyMap<string, readonly Answer[]>>;
  /** The texts with these SHA-256 hashes, by hash; those that are not stored are absent. */
  attachedTexts(hashes: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Ids of ticked checklist items. */
  checked(alertId: string): Promise<ReadonlySet<string>>;
  /** Transitions of any of the alerts in the order they were added, under the current ids of the alerts. */
  transitions(alertIds: readonly string[]): Promise<readonly TransitionRecord[]>;
}

export interface TriageWriter extends TriageReader {
  /** Stores a text unless it is stored. Former answers refer to texts too, so they are never removed. */
  putAttachedText(text: StoredText): Promise<void>;
  putAnswer(alertId: string, answer: Answer): Promise<void>;
  setChecked(alertId: string, item: string, done: boolean): Promise<void>;
  addTransition(transition: TransitionRecord): Promise<void>;
}
