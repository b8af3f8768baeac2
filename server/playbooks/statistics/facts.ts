import type { CloseReason } from "#contracts/alert";
import type { AnswerValue } from "#contracts/playbook";
import type { AnswerConflict } from "../conflict.ts";
import type { GivenAnswer } from "../verdict.ts";

/** What statistics of a playbook are computed from. Times are in epoch milliseconds. See docs/decisions/0078. */
export interface StatisticsFacts {
  /** In any order. Those for alerts that are not among `alerts` do not count. */
  readonly answers: readonly RecordedAnswer[];
  readonly alerts: readonly WalkedAlert[];
  /** What people recorded about the incidents of these alerts, answers included, in any order. */
  readonly acts: readonly RecordedAct[];
}

/** An answer as the audit trail has it: given under this playbook, whatever became of it later. */
export interface RecordedAnswer {
  readonly alertId: string;
  readonly stepId: string;
  readonly value: AnswerValue;
  readonly conflict?: AnswerConflict;
  /** Of the playbook. */
  readonly version: string;
  readonly person: string;
  readonly at: number;
}

/** An alert with such an answer, as it is now. */
export interface WalkedAlert {
  readonly id: string;
  readonly incident: string;
  /** Equal for alerts that are exactly the same. */
  readonly shape: string;
  readonly isClosed: boolean;
  readonly closedAs?: CloseReason;
  /** The person who closed it; undefined: nobody, or a rule or an exception did. */
  readonly closedBy?: string;
  readonly overridden: boolean;
  /** The answers that count for its verdict. Undefined: it has another playbook now. */
  readonly counting?: readonly CountingAnswer[];
}

export interface CountingAnswer extends GivenAnswer {
  readonly stepId: string;
  readonly person: string;
}

export interface RecordedAct {
  readonly incident: string;
  readonly person: string;
  readonly at: number;
}
