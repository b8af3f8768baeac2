import { z } from "zod";
import { fields, sourceRef } from "./event.ts";

export const answerValue = z.enum(["raises", "lowers", "unresolved", "not-applicable"]);
export type AnswerValue = z.infer<typeof answerValue>;

/** Something an analyst pinned: an event, an alert, a process, a session or a value of a field. */
export const evidence = z
  .object({
    kind: z.enum(["event", "alert", "process", "session", "field"]),
    id: z.string().max(500),
    label: z.string().max(2000),
  })
  .strict();
export type Evidence = Readonly<z.infer<typeof evidence>>;

export const answer = z.object({
  stepId: z.string(),
  value: answerValue,
  note: z.string(),
  evidence: z.array(evidence),
  actor: z.string(),
  at: z.string(),
});
export type Answer = Readonly<z.infer<typeof answer>>;

export const answerRequest = z
  .object({
    value: answerValue,
    note: z.string().max(10_000).default(""),
    evidence: z.array(evidence).max(200).default([]),
  })
  .strict();
export type AnswerRequest = Readonly<z.infer<typeof answerRequest>>;

/** What the stored data covers: without it "no hits" could as well mean "no data". */
export const coverage = z.object({
  host: z.string(),
  source: z.string(),
  from: z.string().optional(),
  to: z.string().optional(),
  events: z.number(),
});
export type Coverage = Readonly<z.infer<typeof coverage>>;

/**
 * A query of a step, run in place. `no-hits` is said only when the data was there to show a hit; with none of it the
 * outcome is `no-data`; when every group lacks a value it is `cannot-run`.
 */
export const queryRun = z.object({
  id: z.string(),
  label: z.string(),
  target: z.enum(["events", "alerts", "logons"]),
  outcome: z.enum(["hits", "no-hits", "no-data", "cannot-run"]),
  /** Exact number of distinct hits. */
  total: z.number(),
  rows: z.array(
    z.object({
      id: z.string(),
      time: z.string(),
      fields,
      source: sourceRef.optional(),
      /** All records of the row where several logs tell of one process, `source` first. */
      sources: z.array(sourceRef).optional(),
      processKey: z.string().optional(),
      alertId: z.string().optional(),
      sessionKey: z.string().optional(),
      /** Which groups matched this row: their index, strongest first. */
      groups: z.array(z.number()),
    }),
  ),
  truncationReason: z.string().optional(),
  columns: z.array(z.string()),
  /** Groups are OR-ed; each says whether it ran, what it is, and how strong its evidence is. */
  groups: z.array(
    z.object({
      text: z.string(),
      label: z.string(),
      state: z.enum(["ran", "cannot-run"]),
      missing: z.array(z.string()),
      hits: z.number(),
      /** What the reader should know, such as a template field with several values. */
      notes: z.array(z.string()),
    }),
  ),
  window: z.object({ from: z.string(), to: z.string(), anchor: z.enum(["event", "detection"]), text: z.string() }),
  coverage: z.array(coverage),
  /** One sentence for a person: what the outcome means. */
  reason: z.string(),
  milliseconds: z.number(),
});
export type QueryRun = Readonly<z.infer<typeof queryRun>>;

export const suggestion = z.object({
  value: answerValue,
  because: z.array(z.string()),
  evidence: z.array(evidence),
});
export type Suggestion = Readonly<z.infer<typeof suggestion>>;

export const stepView = z.object({
  id: z.string(),
  question: z.string(),
  why: z.string().optional(),
  /** Fields to look at, with the values of the alert; an empty list means that the alert lacks the field. */
  focus: z.array(z.object({ field: z.string(), values: z.array(z.string()) })),
  hints: z.array(z.string()),
  raises: z.array(z.string()),
  lowers: z.array(z.string()),
  /** Anchors must all lower concern before an alert may be closed as benign. */
  anchor: z.boolean(),
  /** Whether a lowering answer speaks against answers that raise concern. */
  clears: z.boolean(),
  /** Whether the verdict waits for its answer. */
  required: z.boolean(),
  queries: z.array(z.object({ id: z.string(), label: z.string(), target: z.enum(["events", "alerts", "logons"]) })),
  answer: answer.optional(),
});
export type StepView = Readonly<z.infer<typeof stepView>>;

export const verdictOutcome = z.enum(["undetermined", "benign", "suspicious", "malicious"]);
export type VerdictOutcome = z.infer<typeof verdictOutcome>;

/** Derived from the answers by the decision table in `server/playbooks/verdict.ts`; never stored, always derivable again. */
export const verdict = z.object({
  outcome: verdictOutcome,
  recommendation: z.enum(["continue", "close", "escalate"]),
  answered: z.number(),
  total: z.number(),
  /** Number of the decision table's row that applied, and that row in words. */
  rule: z.object({ number: z.number(), text: z.string() }),
  reasons: z.array(z.object({ stepId: z.string(), value: answerValue.optional(), text: z.string() })),
  /** The single answers that would change the outcome. */
  flips: z.array(z.object({ stepId: z.string(), to: answerValue, outcome: verdictOutcome })),
});
export type Verdict = Readonly<z.infer<typeof verdict>>;

export const checklist = z.object({
  verdict: z.enum(["benign", "suspicious", "malicious", "after-containment", "hardening"]),
  title: z.string(),
  items: z.array(z.object({ id: z.string(), text: z.string(), done: z.boolean() })),
});

export const playbookView = z.object({
  id: z.string(),
  title: z.string(),
  version: z.string(),
  source: z.string(),
  summary: z.string(),
  steps: z.array(stepView),
  verdict,
  closingPolicy: z.array(z.string()),
  falsePositives: z.array(z.string()),
  checklists: z.array(checklist),
});
export type PlaybookView = Readonly<z.infer<typeof playbookView>>;

export const playbookSummary = z.object({
  id: z.string(),
  title: z.string(),
  version: z.string(),
  source: z.string(),
  summary: z.string(),
  ruleIds: z.array(z.string()),
  steps: z.number(),
  queries: z.number(),
});
export type PlaybookSummary = Readonly<z.infer<typeof playbookSummary>>;
