import type { Severity } from "#contracts/alert";
import type { RuleLanguage } from "#contracts/language";
import type { Location } from "#contracts/problem";
import type { Condition } from "../condition/tree.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { CorrelationEngine } from "./correlation/engine.ts";
import type { CorrelationPlan } from "./correlation/plan.ts";
import type { RuleGuide } from "./guide.ts";
import type { SigmaFacts } from "./rule-files/sigma-correlation.ts";
import type { AppliedFilter } from "./rule-files/sigma-filter.ts";
import type { SequenceEngine } from "./sequence/engine.ts";
import type { SequencePlan } from "./sequence/plan.ts";

/** A detection rule in any language: metadata for people, and a body that the engine runs. */
export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly language: RuleLanguage;
  readonly description: string;
  readonly severity: Severity;
  /** From 0 to 100; for Splunk impact × confidence / 100. */
  readonly riskScore: number;
  /** Its alerts are stored and linked to processes but not listed in the queue. */
  readonly buildingBlock: boolean;
  readonly tags: readonly string[];
  readonly author: readonly string[];
  readonly license?: string;
  readonly references: readonly string[];
  readonly falsePositives: readonly string[];
  /** What the author tells those who investigate or set the rule up. */
  readonly guide?: RuleGuide;
  readonly techniques: readonly { readonly id: string; readonly name: string; readonly tactic?: string }[];
  /** The query as written. */
  readonly query: string;
  /** The file it was loaded from, relative to the rule folder. */
  readonly source: string;
  /** An alert message with `$field$` placeholders (Splunk's risk message); without one the name is used. */
  readonly message?: string;
  /** Correlations that count its matches; it then raises no alerts of its own. */
  readonly partOf?: readonly { readonly id: string; readonly name: string }[];
  /** For Elastic: patterns of the data streams that have the events for which it is written. */
  readonly streams?: readonly string[];
  /** For Elastic: ids of the exception lists that the author attached. */
  readonly exceptionLists?: readonly string[];
  /** Sigma filter documents that are part of its condition. */
  readonly filters?: readonly AppliedFilter[];
  /** For Sigma: what correlations that refer to the rule need. */
  readonly sigma?: SigmaFacts;
  readonly body: RuleBody;
}

export type RuleBody =
  | { readonly kind: "event"; readonly condition: Condition }
  /** tstats: hits are grouped by these fields, named in the data model and in ECS. */
  | {
      readonly kind: "grouped";
      readonly condition: Condition;
      readonly by: readonly { readonly name: string; readonly field: string }[];
      /** The text that absent values are grouped under; default "null". */
      readonly fill?: string;
    }
  /** Several events in sequence. `condition` is true for every event that takes part in some stage. */
  | { readonly kind: "sequence"; readonly condition: Condition; readonly plan: SequencePlan }
  /** Counts or comparisons of many events. `condition` is true for every event that takes part. */
  | { readonly kind: "correlation"; readonly condition: Condition; readonly plan: CorrelationPlan }
  /** `at` is the place in its file that prevents evaluation. */
  | { readonly kind: "not-evaluable"; readonly reason: string; readonly at: Location };

/** One rule matched one event. */
export interface Hit {
  readonly rule: Rule;
  readonly event: StemmaEvent;
  /** The message with its placeholders filled in. */
  readonly message: string;
  /** For grouped rules the values of the by-fields, by their names in the data model. */
  readonly group?: Readonly<Record<string, string>>;
  /** The rule uses fields that only the process graph knows: the hit is final once `confirm` returns it. */
  readonly tentative?: true;
}

/** Rules compiled together. */
export interface Detector {
  readonly rules: readonly Rule[];
  /** Every match of a rule over single events, building blocks included. Pure. */
  test(event: StemmaEvent): readonly Hit[];
  /** Decides a tentative hit on its event completed from the process graph. */
  confirm(rule: Rule, event: StemmaEvent): Hit | undefined;
  /** Sequence rules; a run of the engine holds their state. */
  readonly sequences: SequenceEngine;
  /** Rules that count or compare many events; a run of the engine holds their state. */
  readonly correlations: CorrelationEngine;
  readonly byId: ReadonlyMap<string, Rule>;
}
