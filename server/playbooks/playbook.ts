import type { EventSourceId } from "#contracts/event-source";
import type { AnswerValue, PlaybookReason, VerdictOutcome } from "#contracts/playbook";
import type { Problem } from "#contracts/problem";
import type { QueryRun } from "#contracts/query-run";
import type { AlertRecord } from "../alert/record.ts";
import type { Condition } from "../condition/tree.ts";
import type { SigmaDetection } from "../detection/languages/sigma/sigma.ts";
import type { Rule } from "../detection/rule.ts";

/**
 * A compiled playbook, whatever it was compiled from. Ids are stable, because answers and ticks refer to them. Texts
 * are Markdown that is never trusted: it may come from anybody.
 */
export interface Playbook {
  readonly id: string;
  readonly title: string;
  readonly version: string;
  readonly origin: PlaybookOrigin;
  readonly applies: AppliesTo;
  /** Where its content comes from, for people. */
  readonly source: string;
  readonly summary: string;
  readonly steps: readonly Step[];
  readonly queries: readonly PlaybookQuery[];
  readonly checks: readonly Check[];
  readonly decision: DecisionPolicy;
  readonly closingPolicy: readonly string[];
  readonly falsePositives: readonly string[];
  readonly checklists: readonly Checklist[];
  /** What of the source is none of the parts above, in its order. */
  readonly texts: readonly PlaybookText[];
  readonly relatedRules: readonly RelatedRule[];
  /** The file it was read from, relative to its folder. */
  readonly file: string;
  /** Absent for the guide of a rule. */
  readonly folder?: string;
  /** Mistakes that do not prevent its use. */
  readonly warnings: readonly Problem[];
}

/** What a playbook says, apart from what it is and what it is for. */
export type PlaybookBody = Pick<
  Playbook,
  | "summary"
  | "steps"
  | "queries"
  | "decision"
  | "closingPolicy"
  | "falsePositives"
  | "checklists"
  | "texts"
  | "relatedRules"
>;

/** What a playbook was compiled from. */
export type PlaybookOrigin =
  /** A file of a playbook folder in our own format. */
  | { readonly kind: "playbook" }
  /** The investigation guide of a rule. */
  | { readonly kind: "guide"; readonly ruleId: string }
  /** A guide as it is published on a web page. */
  | { readonly kind: "page" }
  | { readonly kind: "security-onion" }
  | { readonly kind: "dfiq" };

/** The alerts that a playbook is for. The first that fits counts, in this order: see `choose.ts`. */
export interface AppliesTo {
  readonly ruleIds: readonly string[];
  /** Names of rules, from sources that do not know ids; compared without regard to case. */
  readonly ruleNames?: readonly string[];
  /** ATT&CK techniques; one also stands for its sub-techniques. */
  readonly techniques: readonly string[];
  /** Tags of the rule. */
  readonly tags: readonly string[];
  /** A kind of event, for rules without a playbook of their own. */
  readonly events?: {
    readonly label: string;
    readonly where: { readonly text: string; readonly condition: Condition };
  };
  /** Every alert that nothing else fits. */
  readonly fallback: boolean;
}

/** How answers become a verdict: see `verdict.ts`. */
export interface DecisionPolicy {
  /**
   * What a benign verdict needs, apart from nothing that raises concern or is unresolved. `anchors`: every anchor
   * lowers it. `most`, for guides that name no anchors: more than half of the required steps do.
   */
  readonly benign: "anchors" | "most";
  /** Whether somebody else than who answered has to close. */
  readonly secondAnalyst: boolean;
}

export interface PlaybookText {
  readonly title: string;
  readonly markdown: string;
  /** The step that it follows; absent: it comes before the steps. */
  readonly afterStep?: string;
}

export interface RelatedRule {
  readonly name: string;
  readonly id?: string;
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
  readonly osquery: readonly OsqueryQuery[];
  /** What the source says about the step without one of the labels above, in Markdown. */
  readonly details: readonly string[];
}

/** A query to run on the host. */
export interface OsqueryQuery {
  readonly label: string;
  /** SQL with `{{field}}` templates. */
  readonly sql: string;
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
  | (ProviderBase & { readonly type: "exists" })
  /** A search in Sigma with the values of the alert. `field` is the host, if it is limited to one. */
  | (ProviderBase & { readonly type: "sigma"; readonly search: SigmaSearch });

/** What a Sigma search selects; `|expand` keys have `%placeholder%`s for values of the alert. */
export interface SigmaSearch extends SigmaDetection {
  /** The search as its author wrote it. */
  readonly text: string;
  /** Fields of the alert by placeholder. */
  readonly placeholders: Readonly<Record<string, readonly string[]>>;
}

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

/** What decides about the playbook of an alert. */
export type PlaybookSubject = Pick<AlertRecord, "rule" | "techniques" | "fields" | "sequence" | "chosenPlaybook">;

/** A playbook with the reason why an alert has it. */
export interface PlaybookChoice {
  readonly playbook: Playbook;
  readonly because: PlaybookReason;
}

/** All playbooks: those of files, and the guides of the loaded rules. */
export interface Playbooks {
  /** Those of files. */
  readonly all: readonly Playbook[];
  /** Which playbooks take the place of others; nothing is wrong with that. */
  readonly overrides: readonly Problem[];
  /** A loaded rule. What a rule needs tells whether it could have fired. */
  readonly ruleOf: (id: string) => Rule | undefined;
  /** Of a file, or the guide of a rule. */
  get(id: string): Playbook | undefined;
  /** The playbook of an alert; undefined if nothing fits and no fallback is loaded. */
  forAlert(alert: PlaybookSubject): Playbook | undefined;
  /** Every playbook that fits an alert, in the order of precedence. Somebody's choice comes first. */
  choicesFor(alert: PlaybookSubject): readonly PlaybookChoice[];
  /** What the alerts of a rule get; undefined if the kind of event decides. */
  forRule(ruleId: string): PlaybookChoice | undefined;
}
