import type { Actor } from "#contracts/actor";
import type { ExceptionDraft, ExceptionRecord } from "#contracts/exception";
import type { Breadth } from "#contracts/exception-breadth";
import type { BroadPolicy, DraftNote } from "#contracts/exception-gate";
import type { RequestProblem } from "#contracts/problem";
import { reasonLack } from "#contracts/reason";
import type { Rule } from "../detection/rule.ts";
import { firstError } from "./lint.ts";

/** What becomes of a draft that somebody wants to save. */
export type Gate =
  | { readonly kind: "ok" }
  | { readonly kind: "refused"; readonly problem: RequestProblem }
  /** It is saved in shadow mode until another person enforces it. */
  | { readonly kind: "needs-second-person"; readonly reasons: readonly string[] };

/** What the gate needs of the dry run of a draft. */
export interface GatedRun {
  readonly token: string;
  readonly breadth: Breadth;
  readonly notes: readonly DraftNote[];
  /** Alerts judged malicious that it would hide. */
  readonly red: number;
}

export interface GateRequest {
  readonly draft: ExceptionDraft;
  /** Token of the dry run that was seen. */
  readonly token: string;
  readonly now: number;
  readonly policy: BroadPolicy;
  /** Why it should be enforced although it hides alerts judged malicious. */
  readonly overrideReason?: string;
  /** A second person decides: what only needs one is permitted. */
  readonly bySecondPerson?: boolean;
}

/**
 * Whether a draft may be saved: its form, its breadth, the alerts judged malicious that it would hide, then the policy.
 * What is stored in shadow mode hides nothing, so neither of the last two matters there. See docs/decisions/0085.
 */
export function gate(request: GateRequest, rules: readonly Rule[], run: GatedRun): Gate {
  const { draft, token, now } = request;
  const problem = draftProblem(draft, rules, run.breadth, now, run.notes);
  // A stale dry run says nothing about the breadth of this draft.
  if (token !== run.token && (problem === undefined || problem.code === "exception.too-broad")) {
    return refused({
      code: "exception.dry-run-stale",
      message: "The dry run is out of date: the draft, its rules or the alerts that it would hide have changed since.",
      at: { field: "dryRunToken" },
      remedy: "Run it again and review the result.",
    });
  }
  if (problem !== undefined) {
    return refused(problem);
  }
  const reasons: string[] = [];
  const { red, breadth } = run;
  if (red > 0 && draft.mode === "enforced" && request.bySecondPerson !== true) {
    const lack = redStopProblem(red, request.overrideReason);
    if (lack !== undefined) {
      return refused(lack);
    }
    reasons.push(`It would hide ${alertsJudged(red)}.`);
  }
  const broad = breadth.level === "broad" ? broadGate(request, breadth) : undefined;
  if (broad !== undefined && broad.kind !== "needs-second-person") {
    return broad;
  }
  reasons.push(...(broad?.reasons ?? []));
  return reasons.length === 0 ? { kind: "ok" } : { kind: "needs-second-person", reasons };
}

/** Turns an exception that needs a second person into one that waits for one: until then it hides nothing. */
export function askForApproval(
  reasons: readonly string[],
  { actor, at, note }: { readonly actor: Actor; readonly at: number; readonly note: string | undefined },
): Pick<ExceptionRecord, "mode" | "approval"> {
  return {
    mode: "shadow",
    approval: {
      wants: "enforced",
      reasons: [...reasons],
      requestedBy: actor.name,
      requestedAt: new Date(at).toISOString(),
      account: actor.origin?.account,
      note,
    },
  };
}

function refused(problem: RequestProblem): Gate & { readonly kind: "refused" } {
  return { kind: "refused", problem };
}

function alertsJudged(total: number): string {
  return `${total.toLocaleString("en")} ${total === 1 ? "alert" : "alerts"} judged malicious`;
}

function redStopProblem(total: number, reason: string | undefined): RequestProblem | undefined {
  const remedy =
    "Narrow it as the dry run proposes, save it in shadow mode, or give a reason, with which a second person decides.";
  if (reason === undefined || reason === "") {
    return {
      code: "exception.hides-malicious",
      message: `The exception would hide ${alertsJudged(total)}.`,
      at: { field: "draft.entries" },
      remedy,
    };
  }
  const lack = reasonLack(reason);
  return lack === undefined
    ? undefined
    : {
        code: "exception.hides-malicious",
        message: `The reason why it may hide ${alertsJudged(total)} is missing: ${lack}.`,
        at: { field: "overrideReason" },
        remedy,
      };
}

function broadWords({ score, reasons }: Breadth): string {
  const whole = reasons.filter(({ entry, weight }) => entry === undefined && weight === "warning");
  return [`It is broad (${score} of 100).`, ...whole.map(({ text }) => text)].join(" ");
}

/** What the policy asks of a broad exception; undefined: nothing is missing. */
function broadGate(
  { draft, policy, bySecondPerson }: GateRequest,
  breadth: Breadth,
): (Gate & { readonly kind: "refused" | "needs-second-person" }) | undefined {
  if (policy === "refuse" && draft.mode === "enforced") {
    return refused({
      code: "exception.too-broad",
      message: `The exception is broad (${breadth.score} of 100), and the settings of this server permit none.`,
      at: { field: "draft.entries" },
      remedy: "Narrow it to a user and a host, or save it in shadow mode.",
    });
  }
  if ((draft.breadthReason ?? "").trim() === "") {
    return refused({
      code: "exception.breadth-reason-missing",
      message: `The exception is broad (${breadth.score} of 100). Give a reason.`,
      at: { field: "draft.breadthReason" },
      remedy: "Give a reason, or narrow the exception to a user and a host.",
    });
  }
  return policy === "second-person" && draft.mode === "enforced" && bySecondPerson !== true
    ? { kind: "needs-second-person", reasons: [broadWords(breadth)] }
    : undefined;
}

/**
 * The first reason not to save or propose a draft whatever a dry run finds: its rules, its expiry, entries that were
 * meant in another way, its breadth.
 */
export function draftProblem(
  draft: ExceptionDraft,
  rules: readonly Rule[],
  breadth: Breadth,
  now: number,
  notes: readonly DraftNote[],
): RequestProblem | undefined {
  const unknown = draft.ruleIds.filter((id) => !rules.some((rule) => rule.id === id));
  if (unknown.length > 0) {
    return {
      code: "rule.not-found",
      message: `No rule ${unknown.join(", ")} is loaded.`,
      at: { field: "draft.ruleIds" },
    };
  }
  if (draft.expires !== undefined && Date.parse(draft.expires) <= now) {
    return { code: "exception.expired", message: "The expiry date is in the past.", at: { field: "draft.expires" } };
  }
  const error = firstError(notes);
  if (error !== undefined) {
    return { code: "exception.draft-invalid", message: error.text, at: { field: `draft.${error.field}` } };
  }
  if (breadth.level === "refused") {
    const reasons = breadth.reasons.filter((reason) => reason.weight === "refusal").map((reason) => reason.text);
    return {
      code: "exception.too-broad",
      message: `The exception is too broad. ${reasons.join(" ")}`,
      at: { field: "draft.entries" },
      remedy: "Add what is specific to the confirmed activity: command line, parent path, user and host.",
    };
  }
  return undefined;
}
