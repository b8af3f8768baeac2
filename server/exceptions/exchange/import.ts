import { hash } from "node:crypto";
import type { Actor } from "#contracts/actor";
import { type ExceptionDraft, type ExceptionRecord, exceptionDraft } from "#contracts/exception";
import type { Breadth } from "#contracts/exception-breadth";
import type { ExceptionImport, ExceptionImportRequest, ImportedException } from "#contracts/exception-exchange";
import type { Problem, RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import type { Rule } from "../../detection/rule.ts";
import { groupsOf } from "../../exception/condition.ts";
import { type ListLookup, noLists } from "../../exception/lists.ts";
import { rulesInScope } from "../../exception/scope.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store } from "../../store/port.ts";
import { breadthOf } from "../breadth.ts";
import { draftProblem } from "../gate.ts";
import { type HiddenAlert, hiddenAlerts, judgesOf } from "../hidden-alerts.ts";
import { judgedMalicious } from "../malicious.ts";
import { writeException } from "../save.ts";
import { isClosedBySaving } from "../so-far.ts";
import { missingLists } from "./clause.ts";
import type { Scope } from "./elastic-item.ts";
import { type ReadException, readExchangeFile } from "./read-file.ts";

export interface ImportContext {
  readonly rules: readonly Rule[];
  readonly lists?: ListLookup;
  readonly actor: Actor;
  readonly clock: () => number;
  readonly newId: () => string;
  readonly onProgress?: (progress: WorkProgress) => void;
}

interface Tested {
  readonly read: ReadException;
  readonly draft: ExceptionDraft;
  readonly breadth: Breadth;
  readonly hidden: readonly HiddenAlert[];
  readonly item: ImportedException;
}

/**
 * Imports exceptions from a file of another product. Each is saved in shadow mode, so an import hides nothing; its dry
 * run says what it would hide. All are saved in one transaction, or with `partial` those that are right; what is wrong
 * is listed by line. Problem: `rule.not-found`. See docs/decisions/0086.
 */
export async function importExceptions(
  store: Store,
  request: ExceptionImportRequest,
  { rules, lists = noLists, actor, clock, newId, onProgress }: ImportContext,
): Promise<Result<ExceptionImport, RequestProblem>> {
  const given = scopeOf(request);
  const unknown = request.ruleIds?.find((id) => !rules.some((rule) => rule.id === id));
  if (unknown !== undefined) {
    return fail({ code: "rule.not-found", message: `No rule ${unknown} is loaded.`, at: { field: "ruleIds" } });
  }
  const { exceptions, problems: broken, warnings: noted } = readExchangeFile(request, rules);
  const problems: Problem[] = [...broken];
  const warnings: Problem[] = [...noted];
  const known = knownItems(await store.exceptions.all());
  const now = clock();
  const tested: Tested[] = [];
  for (const [index, read] of exceptions.entries()) {
    const at = { file: request.file, line: read.line };
    const skip = skipReason(read, known, now);
    if (skip !== undefined) {
      warnings.push({ code: "exchange.skipped", message: skip, at });
      continue;
    }
    const made = draftOf(read, given ?? read.scope, request, rules, now);
    if (!made.ok) {
      problems.push({
        ...made.error,
        message: made.error.message,
        at: { ...at, ...made.error.at },
      });
      continue;
    }
    const unexplained = reasonMissing(made.value.breadth, request.reason);
    if (unexplained !== undefined) {
      (request.dryRun ? warnings : problems).push({ ...unexplained, at });
      if (!request.dryRun) {
        continue;
      }
    }
    const missing = missingLists(groupsOf(made.value.draft), undefined, lists);
    if (missing !== undefined) {
      const message = `the value list ${missing} does not exist here, so its entry matches nothing`;
      warnings.push({ code: "exchange.list-unknown", message, at });
    }
    tested.push(await test(store, rules, read, made.value, { now, lists }));
    onProgress?.({ done: index + 1, total: exceptions.length, unit: "rules" });
  }
  const isRefused = problems.length > 0 && request.partial !== true;
  const save = !request.dryRun && !isRefused && tested.length > 0;
  const ids = save ? await saveAll(store, request, tested, { actor, clock, newId }) : [];
  return ok({
    saved: ids.length,
    exceptions: tested.map(({ item }, index) => ({
      ...item,
      ...(ids[index] === undefined ? {} : { exceptionId: ids[index] }),
    })),
    problems,
    warnings,
    summary: summaryOf(request, tested, { saved: ids.length, isRefused, problems: problems.length }),
  });
}

function scopeOf({ ruleIds, ruleTags, allRules }: ExceptionImportRequest): Scope | undefined {
  const isNamed = allRules === true || (ruleIds?.length ?? 0) + (ruleTags?.length ?? 0) > 0;
  return isNamed ? { ruleIds: ruleIds ?? [], ...(ruleTags && { ruleTags }), ...(allRules && { allRules }) } : undefined;
}

/** Names of the saved exceptions by the items that they were imported from. */
function knownItems(saved: readonly ExceptionRecord[]): ReadonlyMap<string, string> {
  return new Map(
    saved.flatMap(({ exchange, disabledAt, name }) =>
      exchange === undefined || disabledAt !== undefined ? [] : [[exchange.item.item_id, name] as const],
    ),
  );
}

function skipReason(
  { itemId, draft }: ReadException,
  known: ReadonlyMap<string, string>,
  now: number,
): string | undefined {
  const name = known.get(itemId);
  if (name !== undefined) {
    return `the item ${itemId} was imported before, as "${name}"`;
  }
  return draft.expires !== undefined && Date.parse(draft.expires) <= now ? "it has expired" : undefined;
}

function draftOf(
  { draft }: ReadException,
  scope: Scope | undefined,
  { reason }: ExceptionImportRequest,
  rules: readonly Rule[],
  now: number,
): Result<{ readonly draft: ExceptionDraft; readonly breadth: Breadth }, Problem> {
  if (scope === undefined) {
    const message = "no rule refers to its list, and none was named for it";
    const remedy = "Name the rules that it applies to: by id, by tag, or all.";
    return fail({ code: "exchange.not-importable", message, remedy });
  }
  const whole = exceptionDraft.safeParse({ ...draft, ...scope, ...(reason && { breadthReason: reason }) });
  if (!whole.success) {
    const [issue] = whole.error.issues;
    const field = issue?.path.map(String).join(".") ?? "";
    return fail({ code: "exchange.line", message: `${field}: ${issue?.message ?? "invalid"}`, at: { field } });
  }
  const breadth = breadthOf(whole.data, rulesInScope(whole.data, rules));
  const problem = draftProblem(whole.data, rules, breadth, now, []);
  if (problem !== undefined) {
    return fail({ code: problem.code, message: problem.message, ...(problem.remedy && { remedy: problem.remedy }) });
  }
  return ok({ draft: whole.data, breadth });
}

/** Broad ones need a reason before they are saved; a dry run shows them without. */
function reasonMissing({ level, score }: Breadth, reason: string | undefined): Omit<Problem, "at"> | undefined {
  return level === "broad" && (reason ?? "").trim() === ""
    ? {
        code: "exception.breadth-reason-missing",
        message: `it is broad (${score} of 100) and needs a reason`,
        remedy: "Give a reason for the import.",
      }
    : undefined;
}

async function test(
  store: Store,
  rules: readonly Rule[],
  read: ReadException,
  { draft, breadth }: { readonly draft: ExceptionDraft; readonly breadth: Breadth },
  { now, lists }: { readonly now: number; readonly lists: ListLookup },
): Promise<Tested> {
  const scoped = rulesInScope(draft, rules);
  const { hidden } = await hiddenAlerts(store.together(), scoped, draft, { now, lists });
  const malicious = await judgedMalicious(
    store,
    hidden.map(({ alert }) => alert),
    undefined,
  );
  return {
    read,
    draft,
    breadth,
    hidden,
    item: {
      line: read.line,
      name: draft.name,
      itemId: read.itemId,
      rules: scoped.length,
      wouldHide: hidden.length,
      malicious: malicious.size,
      breadth: breadth.level,
    },
  };
}

/** Saves all of them and the record of the import, or nothing. */
async function saveAll(
  store: Store,
  { file, text, format, partial, reason }: ExceptionImportRequest,
  tested: readonly Tested[],
  { actor, clock, newId }: Pick<ImportContext, "actor" | "clock" | "newId">,
): Promise<readonly string[]> {
  return store.write(async (transaction) => {
    const at = clock();
    const digest = hash("sha256", text);
    const ids: string[] = [];
    for (const { draft, breadth, hidden } of tested) {
      const exception: ExceptionRecord = {
        ...draft,
        mode: "shadow",
        id: newId(),
        version: 1,
        createdAt: new Date(at).toISOString(),
        createdBy: actor.name,
        hits: 0,
        breadth,
      };
      const closes = hidden.filter(({ alert }) => isClosedBySaving(alert)).length;
      const totals = { closesNow: closes, wouldHide: hidden.length - closes };
      const token = `import ${digest}`;
      // It counts from now on: the stored alerts are in the answer of the import.
      const run = {
        ...{ token, about: "", ranAt: at, breadth, notes: [], red: 0, closes: [] },
        totals: { ...totals, otherRules: 0, raisesInstead: 0, regrouped: 0 },
      };
      const written = await writeException(
        transaction,
        { store, scoped: [], judges: judgesOf(draft) },
        { token, actor, newId },
        { exception, before: undefined, at, action: "exception.save", run },
      );
      if (!written.ok) {
        throw new Error(`an imported exception was refused: ${written.error.message}`);
      }
      ids.push(exception.id);
    }
    await transaction.audit.append({
      at,
      actor,
      action: "exception.import",
      subject: { kind: "exception-import", id: digest.slice(0, 32) },
      after: { file, format, sha256: digest, partial: partial === true, reason, exceptions: ids },
    });
    return ids;
  });
}

function summaryOf(
  { dryRun }: ExceptionImportRequest,
  tested: readonly Tested[],
  { saved, isRefused, problems }: { readonly saved: number; readonly isRefused: boolean; readonly problems: number },
): string {
  const hidden = tested.reduce((sum, { item }) => sum + item.wouldHide, 0);
  const malicious = tested.reduce((sum, { item }) => sum + item.malicious, 0);
  const would = `They would hide ${counted(hidden, "stored alert")} if they were enforced${
    malicious === 0 ? "" : `, ${malicious} of them judged malicious`
  }.`;
  if (dryRun && problems > 0 && tested.length > 0) {
    return `${counted(tested.length, "exception")} can be imported without the lines that have problems. ${would}`;
  }
  if (isRefused) {
    return `Nothing was saved: ${counted(problems, "problem")}. Correct the file, or save what is right without it.`;
  }
  if (tested.length === 0) {
    return "There is nothing to import.";
  }
  return dryRun
    ? `${counted(tested.length, "exception")} can be imported in shadow mode, where they hide nothing. ${would}`
    : `Saved ${counted(saved, "exception")} in shadow mode: they hide nothing until they are enforced. ${would}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
