import type { AnswerValue, QueryRun, VerdictOutcome } from "#contracts/playbook";
import type { Problem } from "#contracts/problem";
import type { Condition } from "../condition/tree.ts";

/** A compiled playbook: the same value whatever it was written in. Ids are stable, because answers and ticks refer to them. */
export interface Playbook {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  /** Rules it is written for; empty for the fallback, which serves every rule without one of its own. */
  readonly ruleIds: readonly string[];
  readonly fallback: boolean;
  /** Where its knowledge comes from. */
  readonly source: string;
  readonly summary: string;
  readonly steps: readonly Step[];
  readonly queries: readonly PlaybookQuery[];
  readonly checks: readonly Check[];
  readonly closingPolicy: readonly string[];
  readonly falsePositives: readonly string[];
  readonly checklists: readonly Checklist[];
  /** The file it was read from. */
  readonly file: string;
  /** What its author should mend, though it can be used as it is. */
  readonly warnings: readonly Problem[];
}

export interface Step {
  readonly id: string;
  readonly question: string;
  readonly why?: string;
  /** Fields to look at, in this order. */
  readonly focus: readonly string[];
  readonly hints: readonly string[];
  readonly raises: readonly string[];
  readonly lowers: readonly string[];
  /** Must lower concern before the alert may be closed as benign. */
  readonly anchor: boolean;
  /** Whether a lowering answer speaks against answers that raise concern; a genuine binary, say, clears nothing. */
  readonly clears: boolean;
  readonly required: boolean;
  readonly queryIds: readonly string[];
}

export type QueryTarget = QueryRun["target"];

export interface PlaybookQuery {
  readonly id: string;
  readonly label: string;
  readonly target: QueryTarget;
  /** Date math; `now` is the anchor. Without `from` all that is stored is searched; without `to` it looks as far ahead as back. */
  readonly from?: string;
  readonly to?: string;
  /** OR-ed, the strongest evidence first. */
  readonly groups: readonly QueryGroup[];
  readonly columns: readonly string[];
  /** Sources that would have shown a hit; empty: any event of the host. */
  readonly shownBy: readonly EvidenceSource[];
  /** `children`: process rows are held against the lineage, which knows reused pids and twins. */
  readonly lineage?: "children";
  /** What a result without hits says about the question, as the start of a sentence: "No child process was recorded". */
  readonly nothing: string;
}

/** Providers are AND-ed. */
export interface QueryGroup {
  readonly label: string;
  readonly providers: readonly Provider[];
}

interface ProviderBase {
  readonly field: string;
  readonly excluded: boolean;
  readonly fold: boolean;
}

/** Values may hold `{{field}}` templates, filled in from the alert. */
export type Provider =
  | (ProviderBase & { readonly type: "phrase"; readonly value: string | number | boolean })
  | (ProviderBase & { readonly type: "phrases"; readonly values: readonly (string | number | boolean)[] })
  | (ProviderBase & { readonly type: "range"; readonly bounds: readonly RangeBound[] })
  | (ProviderBase & { readonly type: "exists" });

export interface RangeBound {
  readonly operator: "<" | "<=" | ">" | ">=";
  readonly value: string | number;
}

export interface EvidenceSource {
  readonly source: "sysmon" | "security";
  readonly code: string;
}

/** A condition in EQL that suggests an answer; it never answers. */
export interface Check {
  readonly id: string;
  readonly stepId: string;
  /** `alert`, or the id of a query. */
  readonly on: string;
  /** Only rows that this group of the query matched; an index. */
  readonly group?: number;
  readonly where?: { readonly text: string; readonly condition: Condition };
  /** How many rows must match; on the alert itself there is one row. */
  readonly rows: { readonly operator: "<" | "<=" | ">" | ">=" | "="; readonly count: number };
  readonly suggests: AnswerValue;
  readonly because: string;
}

export interface Checklist {
  readonly verdict: Exclude<VerdictOutcome, "undetermined"> | "after-containment" | "hardening";
  readonly title: string;
  readonly items: readonly { readonly id: string; readonly text: string }[];
}

/** All loaded playbooks. */
export interface Playbooks {
  readonly all: readonly Playbook[];
  readonly byId: ReadonlyMap<string, Playbook>;
  /** The playbook of a rule, else the fallback; undefined only where not even a fallback is loaded. */
  forRule(ruleId: string): Playbook | undefined;
}
