import type { Severity } from "#contracts/alert";
import type { RuleLanguage } from "#contracts/language";
import type { Location } from "#contracts/problem";
import type { Condition } from "../condition/tree.ts";
import type { StemmaEvent } from "../event/event.ts";
import type { CorrelationEngine } from "./correlation/engine.ts";
import type { CorrelationPlan } from "./correlation/plan.ts";
import type { SigmaFacts } from "./rule-files/sigma-correlation.ts";
import type { SequenceEngine } from "./sequence/engine.ts";
import type { SequencePlan } from "./sequence/plan.ts";

/** A detection rule of any language: facts for people, and a body that the engine can run. */
export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly language: RuleLanguage;
  readonly description: string;
  readonly severity: Severity;
  /** 0 to 100; for Splunk impact × confidence / 100. */
  readonly riskScore: number;
  /** Stored and on the graph, but not in the queue. */
  readonly buildingBlock: boolean;
  readonly tags: readonly string[];
  readonly author: readonly string[];
  readonly license?: string;
  readonly references: readonly string[];
  readonly falsePositives: readonly string[];
  /** What its author tells those who investigate it or set it up; Markdown. */
  readonly guide?: string;
  readonly techniques: readonly { readonly id: string; readonly name: string; readonly tactic?: string }[];
  /** The query as its author wrote it. */
  readonly query: string;
  /** The file it was loaded from, relative to the folder that was given. */
  readonly source: string;
  /** Message with `$field$` placeholders (Splunk risk message); the rule's name where there is none. */
  readonly message?: string;
  /** Correlations that count what it finds, and for which alone it is there: it raises no alerts of its own. */
  readonly partOf?: readonly { readonly id: string; readonly name: string }[];
  /** Of a Sigma document: what correlations that refer to it need to know. */
  readonly sigma?: SigmaFacts;
  readonly body: RuleBody;
}

export type RuleBody =
  | { readonly kind: "event"; readonly condition: Condition }
  /** tstats: hits are grouped by these fields (ECS names beside the data model's); an absent value groups as the text "null". */
  | {
      readonly kind: "grouped";
      readonly condition: Condition;
      readonly by: readonly { readonly name: string; readonly field: string }[];
      /** Another text than "null" for absent values. */
      readonly fill?: string;
    }
  /** Several events together. `condition` is what each of them satisfies at least: some stage of the plan. */
  | { readonly kind: "sequence"; readonly condition: Condition; readonly plan: SequencePlan }
  /** Many events together: see `CorrelationPlan`. `condition` is what each of them satisfies at least. */
  | { readonly kind: "correlation"; readonly condition: Condition; readonly plan: CorrelationPlan }
  /** `at`: line and column in its file. */
  | { readonly kind: "not-evaluable"; readonly reason: string; readonly at: Location };

/** One rule matched one event. */
export interface Hit {
  readonly rule: Rule;
  readonly event: StemmaEvent;
  /** The message with its placeholders filled in. */
  readonly message: string;
  /** Values of the by-fields for grouped rules, in the data model's names. */
  readonly group?: Readonly<Record<string, string>>;
  /** The rule asks for fields that only the process graph knows: it counts once `confirm` says so. */
  readonly tentative?: true;
}

/** Rules compiled together: `test` gives every rule over single events that matches. Pure; building blocks included. */
export interface Detector {
  readonly rules: readonly Rule[];
  test(event: StemmaEvent): readonly Hit[];
  /** What a tentative hit of the rule comes to when its event has been completed by what the graph knows. */
  confirm(rule: Rule, event: StemmaEvent): Hit | undefined;
  /** The rules over several events; they need a run with a state of its own. */
  readonly sequences: SequenceEngine;
  /** The rules that count or compare many events; they need a run with a state of its own as well. */
  readonly correlations: CorrelationEngine;

  readonly byId: ReadonlyMap<string, Rule>;
}
