import type { EventSourceId } from "#contracts/event-source";
import type { AnswerValue, QueryRun, VerdictOutcome } from "#contracts/playbook";
import type { Problem } from "#contracts/problem";
import type { Condition } from "../condition/tree.ts";

/** A compiled playbook. Ids are stable, because answers and ticks refer to them. */
export interface Playbook {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  /** Rules it is written for. The fallback applies to every rule without a playbook of its own. */
  readonly ruleIds: readonly string[];
  readonly fallback: boolean;
  /** The origin of its content. */
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
  /** Mistakes that do not prevent its use. */
  readonly warnings: readonly Problem[];
}

export type QuestionSubject = "process" | "session" | "incident";

export interface Step {
  readonly id: string;
  readonly question: string;
  /**
   * What is asked, across playbooks: steps with one topic about one subject are one question, which is answered once
   * per incident. Own steps name it; otherwise it is the text of the question. See docs/decisions/0062.
   */
  readonly topic: string;
  /** Whether the answer depends on the process, on its logon session, or is the same for the whole incident. */
  readonly about: QuestionSubject;
  readonly why?: string;
  /** Fields to examine, in this order. */
  readonly focus: readonly string[];
  readonly hints: readonly string[];
  readonly raises: readonly string[];
  readonly lowers: readonly string[];
  /** Required to close: must lower concern before the alert may be closed as benign. See docs/decisions/0008. */
  readonly anchor: boolean;
  /**
   * Whether an answer that lowers concern contradicts others that raise it. A genuine binary, for example, clears
   * nothing.
   */
  readonly clears: boolean;
  readonly required: boolean;
  readonly queryIds: readonly string[];
}

export type QueryTarget = QueryRun["target"];

export interface PlaybookQuery {
  readonly id: string;
  readonly label: string;
  readonly target: QueryTarget;
  /**
   * Date math; `now` is the anchor. Without `from` everything stored is searched; without `to` it looks as far ahead as
   * back.
   */
  readonly from?: string;
  readonly to?: string;
  /** OR-ed, the strongest evidence first. */
  readonly groups: readonly QueryGroup[];
  readonly columns: readonly string[];
  /** Records that would show a hit; empty: any event of the host. */
  readonly shownBy: readonly EvidenceSource[];
  /** `children`: process rows are checked against the lineage, which resolves reused pids and duplicate records. */
  readonly lineage?: "children";
  /** The start of a sentence for a result without hits: "No child process was recorded". */
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
  readonly caseInsensitive: boolean;
}

/** Values may contain `{{field}}` templates, filled in from the alert. */
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
  readonly source: EventSourceId;
  readonly code: string;
}

/** An EQL condition that suggests an answer; it never records one. */
export interface Check {
  readonly id: string;
  readonly stepId: string;
  /** `alert`, or the id of a query. */
  readonly on: string;
  /** Index of a group of the query: only its rows count. */
  readonly group?: number;
  readonly where?: { readonly text: string; readonly condition: Condition };
  /** How many rows must match; the alert itself is one row. */
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
  /** The playbook of a rule, or else the fallback; undefined if no fallback is loaded either. */
  forRule(ruleId: string): Playbook | undefined;
}
