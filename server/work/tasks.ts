import { randomUUID } from "node:crypto";
import type { Actor } from "#contracts/actor";
import type { BatchCoverage } from "#contracts/batch";
import type { ExceptionDraft } from "#contracts/exception";
import type { ExceptionExportRequest, ExceptionImportRequest } from "#contracts/exception-exchange";
import type { SynthesisRequest } from "#contracts/exception-synthesis";
import type { FieldValuesQuery } from "#contracts/field-values";
import type { FindQuery } from "#contracts/find";
import type { HuntExportRequest, HuntRequest } from "#contracts/hunt";
import type { PageRequest } from "#contracts/page";
import type { PlaybookDraft } from "#contracts/playbook-draft";
import type { StatisticsPeriod } from "#contracts/playbook-statistics";
import type { RequestProblem } from "#contracts/problem";
import type { QueueQuery } from "#contracts/queue";
import type { RuleDraft } from "#contracts/rule-draft";
import type { ShiftReportQuery } from "#contracts/shift-report";
import type { TimelineRequest } from "#contracts/timeline";
import type { NewValueList, ValueListChange, ValueListQuery } from "#contracts/value-list";
import type { WorkKind } from "#contracts/work";
import type { AlertRecord } from "../alert/record.ts";
import { type GatherRequest, gatherDelivery } from "../delivery/gather.ts";
import { fieldCatalogue } from "../event/field-catalogue.ts";
import { bundleFileOf, type FileRequest } from "../evidence/files.ts";
import { type ApproveRequest, approveException } from "../exceptions/approval.ts";
import { exceptingWith } from "../exceptions/closing.ts";
import { counterExamplesOf } from "../exceptions/counter-examples/find.ts";
import { suggestDraftById } from "../exceptions/draft.ts";
import { allLists, draftLists } from "../exceptions/draft-lists.ts";
import { dryRunDetail } from "../exceptions/dry-run.ts";
import { type DryRunContext, fieldsKnownBy } from "../exceptions/dry-run-parts.ts";
import { exportExceptions } from "../exceptions/exchange/export.ts";
import { importExceptions } from "../exceptions/exchange/import.ts";
import { tuningProposalOf } from "../exceptions/exchange/tuning.ts";
import { fieldValuesOf } from "../exceptions/field-values.ts";
import type { KeptRun } from "../exceptions/kept-runs.ts";
import { type GiveBack, giveBack } from "../exceptions/life/give-back.ts";
import { exceptionHealthOf } from "../exceptions/life/health.ts";
import { hiddenHitsOf } from "../exceptions/life/hidden.ts";
import { type Saved, type SaveRequest, saveException } from "../exceptions/save.ts";
import { synthesisOf } from "../exceptions/synthesis/run.ts";
import { changeValueList, createValueList, valueListDetailOf } from "../exceptions/value-lists.ts";
import { orderedId } from "../lib/ordered-id.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { RunOptions } from "../playbooks/run-query.ts";
import { checkPlaybook } from "../playbooks/save.ts";
import { playbookStatisticsOf } from "../playbooks/statistics/read.ts";
import { type AnswerSubject, suggestHere } from "../playbooks/suggested.ts";
import { noSuchPlaybook, type OtherPlaybook, stepQuery, stepSuggestion } from "../playbooks/view.ts";
import { dataSourceCoverageOf } from "../ruleset/coverage.ts";
import { checkDraft, ruleOfDraft } from "../ruleset/draft.ts";
import { tacticsOf } from "../ruleset/list.ts";
import { ruleReportOf } from "../ruleset/report.ts";
import { type RunInput, runForView } from "../ruleset/run-view.ts";
import { auditHash } from "../store/audit/chain.ts";
import type { AuditReader } from "../store/audit/port.ts";
import type { Store } from "../store/port.ts";
import { auditPageOf } from "../triage/audit-trail.ts";
import { batchPreviewOf } from "../triage/batch/cover.ts";
import { type BatchRun, runBatch } from "../triage/batch/run.ts";
import { comparisonOf } from "../triage/comparison.ts";
import { findOf } from "../triage/find.ts";
import { hostPageOf } from "../triage/host-page.ts";
import { hostListOf } from "../triage/host-summaries.ts";
import { huntOf } from "../triage/hunt.ts";
import { huntExportOf } from "../triage/hunt-export.ts";
import { incidentQuestionsOf } from "../triage/incident/questions.ts";
import { queuePageOf } from "../triage/queue.ts";
import { reportMarkdown } from "../triage/report/markdown.ts";
import { shiftReportOf } from "../triage/report/read.ts";
import { sessionPageOf } from "../triage/session-page.ts";
import { timelineFor } from "../triage/timeline.ts";
import { userPageOf } from "../triage/user-page.ts";
import { userListOf } from "../triage/user-summaries.ts";
import type { Task, TaskContext } from "./task.ts";

/** Milliseconds for reading a draft: many times what the largest rules that there are take. */
const DRAFT = 10_000;

/** Parts of a batch that saving an exception does before it answers: a few hundred milliseconds. */
const PARTS_AT_ONCE = 4;

/** Everything that runs in a worker. See docs/decisions/0033. */
export const tasks = {
  find: short(async ({ q }: FindQuery, { store, ruleset, now }) =>
    ok(await findOf(store, q, { rules: ruleset.rules, now })),
  ),
  queue: short(async (query: QueueQuery, { store, playbooks }) => ok(await queuePageOf(store, playbooks, query))),
  incidentQuestions: short(async ({ key }: Keyed, { store, playbooks }) =>
    ok(await incidentQuestionsOf(store, playbooks, key)),
  ),
  batchPreview: short(async (coverage: BatchCoverage, { store }) => ok(await batchPreviewOf(store, coverage))),
  hosts: short(async (page: PageRequest, { store }) => ok(await hostListOf(store.together(), page))),
  host: short(async ({ key }: Keyed, { store }) => ok(await hostPageOf(store, key))),
  users: short(async (page: PageRequest, { store }) => ok(await userListOf(store.together(), page))),
  user: short(async ({ key, host }: Keyed & { readonly host?: string }, { store }) =>
    ok(await userPageOf(store, key, { host })),
  ),
  session: short(async ({ key }: Keyed, { store }) => ok(await sessionPageOf(store, key))),
  stepQuery: short(
    (
      {
        query,
        anchor,
        limit,
        playbook,
        alert: id,
      }: OfAlert & { readonly query: string } & Omit<RunOptions, "clock" | "ruleOf">,
      context,
    ) =>
      withAlert(context, id, (alert) =>
        stepQuery(context.store, context.playbooks, alert, query, { anchor, limit, playbook, clock: context.now }),
      ),
  ),
  suggestion: short(({ step, playbook, alert: id }: OfAlert & { readonly step: string }, context) =>
    withAlert(context, id, (alert) =>
      stepSuggestion(context.store, context.playbooks, alert, step, { playbook, clock: context.now }),
    ),
  ),
  suggestedAnswers: short((subjects: readonly AnswerSubject[], { store, playbooks, now }) =>
    suggestHere(store, playbooks, { clock: now })(subjects),
  ),
  manySuggestedAnswers: long((subjects: readonly AnswerSubject[], { store, playbooks, now, onProgress }) =>
    suggestHere(store, playbooks, { clock: now, onProgress })(subjects),
  ),
  comparison: short(async ({ key, days }: Keyed & { readonly days: number }, { store }) =>
    ok(await comparisonOf(store.lineage, key, days)),
  ),
  timeline: short((request: TimelineRequest, { store }) => timelineFor(store, request)),
  audit: short(async (query: Parameters<AuditReader["page"]>[0], { store }) =>
    ok(await auditPageOf(store.audit, auditHash, query)),
  ),
  fieldNames: short(async (_: undefined, { seenFields }) => {
    const { kinds } = await seenFields();
    return ok([...new Set([...fieldCatalogue.keys(), ...kinds.flatMap(({ fields }) => [...fields])])].sort());
  }),
  ruleSources: short(async ({ rule: id }: { readonly rule: string }, { ruleset, seenFields }) => {
    const rule = ruleset.byId.get(id);
    return ok(rule === undefined ? undefined : dataSourceCoverageOf(rule, await seenFields()));
  }),
  checkRule: short(async (draft: RuleDraft, { ruleset }) => ok(checkDraft(draft, ruleset)), { within: DRAFT }),
  checkPlaybook: short(async (draft: PlaybookDraft) => ok(checkPlaybook(draft)), { within: DRAFT }),
  draftRule: short(
    async (draft: RuleDraft, { ruleset: { macros } }) => {
      const rule = ruleOfDraft(draft, macros);
      return rule.ok ? rule : fail<RequestProblem>({ ...rule.error, code: "rule.invalid-draft" });
    },
    { within: DRAFT },
  ),
  hunt: long((request: HuntRequest, { store, ruleset, now, onProgress }) =>
    huntOf(store, request, { macros: ruleset.macros, now, onProgress }),
  ),
  huntExport: long((request: HuntExportRequest, { store, ruleset, onProgress }) =>
    huntExportOf(store, request, { macros: ruleset.macros, onProgress }),
  ),
  incidentBundle: long(
    (
      { version, ...request }: FileRequest & { readonly version: string },
      { store, ruleset, playbooks, now, onProgress },
    ) => bundleFileOf(store, { rules: ruleset.byId, playbooks, version }, { ...request, at: now(), onProgress }),
  ),
  draftException: short(({ alertIds }: { readonly alertIds: readonly string[] }, { store, ruleset }) =>
    suggestDraftById(store, alertIds, (id) => ruleset.byId.get(id)),
  ),
  counterExamples: short(async ({ draft }: { readonly draft: ExceptionDraft }, { store, ruleset }) =>
    counterExamplesOf(store, ruleset.rules, draft, await draftLists(store, draft)),
  ),
  exceptionHealth: short(({ id }: { readonly id: string }, { store, now }) => exceptionHealthOf(store, id, now())),
  hiddenHits: short(({ id, ...page }: PageRequest & { readonly id: string }, { store, ruleset, now }) =>
    hiddenHitsOf({ store, detector: ruleset.detector, now: now() }, id, page),
  ),
  giveBack: batch(
    (
      { id, ...request }: Pick<GiveBack, "hits" | "reopen" | "reason" | "actor"> & { readonly id: string },
      { ruleset, now, onProgress, withWriter },
    ) => withWriter((store) => giveBack(store, ruleset.detector, id, { ...request, clock: now, onProgress })),
  ),
  synthesis: short((request: SynthesisRequest, { store, now }) => synthesisOf(store, request, now)),
  exceptionDryRun: long(async (draft: ExceptionDraft, task) => {
    const { store, ruleset, now, onProgress, onPartial } = task;
    const [context, lists] = [await dryRunContext(task), await draftLists(store, draft)];
    const options = { context, lists, onProgress, onPartial };
    const { result, kept } = await dryRunDetail(store, ruleset.rules, draft, now, options);
    return ok({ result, kept: JSON.stringify(kept) });
  }),
  saveException: long(({ kept, ...request }: Kept<SaveRequest>, task) =>
    task.withWriter(async (store) => {
      const lists = await draftLists(store, request.draft);
      const given = { ...request, run: runOf(kept), lists, clock: task.now, newId: randomUUID };
      const context = await dryRunContext(task);
      const saved = await saveException(store, task.ruleset.rules, { ...given, context });
      return saved.ok ? closeFew(store, task, saved.value, request.actor) : saved;
    }),
  ),
  approveException: long(({ kept, ...request }: Kept<ApproveRequest>, task) =>
    task.withWriter(async (store) => {
      const given = { ...request, run: runOf(kept), clock: task.now, newId: randomUUID };
      const [context, lists] = [await dryRunContext(task), await allLists(store)];
      const approved = await approveException(store, task.ruleset.rules, { ...given, context, lists });
      return approved.ok ? closeFew(store, task, approved.value, request.actor) : approved;
    }),
  ),
  fieldValues: short(async (query: FieldValuesQuery, { store }) => ok(await fieldValuesOf(store, query))),
  valueList: short(({ id, query }: { readonly id: string; readonly query: ValueListQuery }, { store }) =>
    valueListDetailOf(store, id, query),
  ),
  createValueList: long(
    ({ request, actor }: { readonly request: NewValueList; readonly actor: Actor }, { now, withWriter }) =>
      withWriter((store) => createValueList(store, request, { actor, at: now(), newId: randomUUID })),
  ),
  changeValueList: long(
    (
      { id, change, actor }: { readonly id: string; readonly change: ValueListChange; readonly actor: Actor },
      { now, withWriter },
    ) => withWriter((store) => changeValueList(store, id, change, { actor, at: now() })),
  ),
  exportExceptions: long(async (request: ExceptionExportRequest, { store, ruleset, now, onProgress }) => {
    const { rules, macros } = ruleset;
    return exportExceptions(store, request, { rules, macros, lists: await allLists(store), now: now(), onProgress });
  }),
  importExceptions: long(({ actor, ...request }: ExceptionImportRequest & Pick<SaveRequest, "actor">, context) => {
    const { store, ruleset, now, onProgress, withWriter } = context;
    const run = async (target: Store) =>
      importExceptions(target, request, {
        rules: ruleset.rules,
        lists: await allLists(target),
        ...{ actor, clock: now, newId: randomUUID, onProgress },
      });
    return request.dryRun ? run(store) : withWriter(run);
  }),
  exceptionTuning: long(async ({ id }: { readonly id: string }, { store, ruleset: { rules, macros } }) => {
    const record = await store.exceptions.get(id);
    return record === undefined
      ? fail<RequestProblem>({ code: "exception.not-found", message: "Exception not found." })
      : ok(await tuningProposalOf(store, record, { rules, macros, lists: await draftLists(store, record) }));
  }),
  batch: batch(async (run: Pick<BatchRun, "id" | "runner" | "actor" | "receivers">, context) => {
    const { ruleset, playbooks, now, onProgress, withWriter } = context;
    return withWriter((store) =>
      runBatch(store, playbooks, {
        ...run,
        excepting: exceptingWith(store, ruleset.rules),
        clock: now,
        newId: () => orderedId(now()),
        onProgress,
      }),
    );
  }),
  ruleReport: long(async (_: undefined, { store, ruleset, seenFields, onProgress }) =>
    ok(await ruleReportOf(store, ruleset, await seenFields(), onProgress)),
  ),
  shiftReport: long(async (query: ShiftReportQuery, context) => {
    const { store, ruleset, playbooks, now, onProgress } = context;
    const report = await shiftReportOf(store, playbooks, {
      ...{ from: Date.parse(query.from), to: Date.parse(query.to), people: query.people, now: now(), onProgress },
      tacticsOf: (id) => tacticsOf(ruleset.byId.get(id) ?? { techniques: [], tags: [] }),
    });
    return ok({ report, markdown: reportMarkdown(report, query.zone) });
  }),
  playbookStatistics: long(
    async ({ playbook: id, period }: { readonly playbook: string; readonly period: StatisticsPeriod }, context) => {
      const { store, playbooks, now, onProgress } = context;
      const playbook = playbooks.get(id);
      return playbook === undefined
        ? fail<RequestProblem>(noSuchPlaybook(id))
        : ok(await playbookStatisticsOf(store, playbooks, playbook, { period, now: now(), onProgress }));
    },
  ),
  gatherDelivery: long(
    ({ version, ...request }: GatherRequest & { readonly version: string }, { store, ruleset, playbooks }) =>
      gatherDelivery(store, { rules: ruleset.byId, playbooks, version }, request),
  ),
  ruleRun: long(async (input: RunInput, { store, ruleset, now, onPartial }) =>
    ok(await runForView(store, ruleset, input, { now: now(), onView: onPartial })),
  ),
} as const satisfies { readonly [K in WorkKind]: Task<never, unknown> };

export type TaskInput<K extends WorkKind> = Parameters<(typeof tasks)[K]["run"]>[0];
export type TaskOutput<K extends WorkKind> =
  Awaited<ReturnType<(typeof tasks)[K]["run"]>> extends Result<infer O, RequestProblem> ? O : never;

/** What the dry run of an exception needs besides store and rules. */
async function dryRunContext({ store, playbooks, seenFields, settings }: TaskContext): Promise<DryRunContext> {
  const lists = new Set((await store.valueLists.all()).map(({ id }) => id));
  return {
    playbooks,
    fieldKnown: fieldsKnownBy(await seenFields()),
    listKnown: (id) => lists.has(id),
    policy: settings.broadExceptions,
  };
}

function short<I, O>(run: Task<I, O>["run"], limits: { readonly within?: number } = {}): Task<I, O> {
  return { lane: "short", ...limits, run };
}

function long<I, O>(run: Task<I, O>["run"]): Task<I, O> {
  return { lane: "long", run };
}

function batch<I, O>(run: Task<I, O>["run"]): Task<I, O> {
  return { lane: "batch", run };
}

/** What is saved, with what was kept of its dry run as JSON. */
type Kept<R extends SaveRequest | ApproveRequest> = Omit<R, "run" | "clock" | "newId" | "lists" | "context"> & {
  readonly kept: string | undefined;
};

function runOf(kept: string | undefined): KeptRun | undefined {
  return kept === undefined ? undefined : (JSON.parse(kept) as KeptRun);
}

/** Closes few alerts at once, so that whoever saved the exception sees them closed; many are left to the batch. */
async function closeFew(
  store: Store,
  { ruleset, playbooks, now }: TaskContext,
  saved: Saved,
  actor: Actor,
): Promise<Result<Saved, RequestProblem>> {
  const { batch } = saved;
  if (batch === undefined || batch.parts > PARTS_AT_ONCE) {
    return ok(saved);
  }
  const closed = await runBatch(store, playbooks, {
    ...{ id: batch.id, runner: batch.runner, actor, clock: now, newId: () => orderedId(now()) },
    excepting: exceptingWith(store, ruleset.rules),
  });
  return closed.ok ? ok({ ...saved, batch: closed.value }) : closed;
}

interface Keyed {
  readonly key: string;
}

/** An alert, which is read again because a copy of its fields would not be what conditions expect. */
interface OfAlert extends OtherPlaybook {
  readonly alert: string;
}

async function withAlert<T>(
  { store }: Pick<TaskContext, "store">,
  id: string,
  work: (alert: AlertRecord) => Promise<Result<T, RequestProblem>>,
): Promise<Result<T, RequestProblem>> {
  const alert = await store.alerts.get(id);
  return alert === undefined
    ? fail({ code: "alert.not-found", message: "The alert does not exist any more." })
    : work(alert);
}
