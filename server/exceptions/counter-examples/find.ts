import type { ExceptionDraft } from "#contracts/exception";
import type { CounterExamples, Mutant } from "#contracts/exception-counter-examples";
import type { ExceptionEntry } from "#contracts/exception-entry";
import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../../alert/record.ts";
import { contextsOf, lineageContexts } from "../../alerting/lineage-contexts.ts";
import type { Rule } from "../../detection/rule.ts";
import { type StemmaEvent, textOf } from "../../event/event.ts";
import { type ActiveException, compileException } from "../../exception/active.ts";
import { exceptionCondition } from "../../exception/condition.ts";
import { noLineage } from "../../exception/lineage-context.ts";
import { type ListLookup, noLists } from "../../exception/lists.ts";
import { ruleIdsInScope } from "../../exception/scope.ts";
import { fail, ok, type Result } from "../../lib/result.ts";
import type { Store } from "../../store/port.ts";
import { summariesOf } from "../../triage/alert-summary.ts";
import { suggestDraft } from "../draft.ts";
import { type DraftSubject, draftSubjects } from "../drafting/subject.ts";
import { differenceOf, Farthest } from "./distant.ts";
import { mutationsOf, type Seen } from "./mutants.ts";
import { type Candidate, hides, narrowed } from "./narrow.ts";

/** Distant matches that are listed. */
const MOST_DISTANT = 20;
/** Stored alerts and events that are compared, the newest first. */
const MOST_ALERTS = 2000;
const MOST_EVENTS = 500;
/** Alerts whose surroundings are read together. */
const PART = 200;

/**
 * What a draft would hide that is not the activity of its alert: changed copies of the alert's event, each with an edit
 * of the draft that excludes it, and what is stored that it covers and that is least like the alert. See
 * docs/decisions/0082. Problems: `exception.no-alert`, `alert.not-found`.
 */
export async function counterExamplesOf(
  store: Store,
  rules: readonly Rule[],
  draft: ExceptionDraft,
  lists: ListLookup = noLists,
): Promise<Result<CounterExamples, RequestProblem>> {
  if (draft.fromAlert === undefined) {
    const message = "Counter-examples are changed copies of an alert's event, and the draft names no alert.";
    return fail({ code: "exception.no-alert", message, at: { field: "draft.fromAlert" } });
  }
  const alert = await store.alerts.get(draft.fromAlert);
  const [subject] = alert === undefined ? [] : await draftSubjects(store, [alert]);
  if (alert === undefined || subject === undefined) {
    return fail({ code: "alert.not-found", message: "The alert does not exist any more." });
  }
  const { mutants, notMade } = mutationsOf(subject);
  const candidates = await candidatesFor(store, alert, subject);
  const matchesAlert = hides(draft, subject, lists);
  const judged = mutants.map((mutant): Mutant => {
    const { kind, text, changed, expected } = mutant;
    const hidden = hides(draft, mutant, lists);
    const narrowing =
      hidden && expected !== "hidden" && matchesAlert
        ? narrowed(draft, forFields(candidates, changed), { alert: subject, mutant, lists })
        : undefined;
    return { kind, text, changed: [...changed], hidden, expected, ...(narrowing === undefined ? {} : { narrowing }) };
  });
  return ok({
    matchesAlert,
    mutants: judged,
    notMade: [...notMade],
    ...(await distantFrom(store, rules, { draft, subject, lists })),
  });
}

/** Entries that hold for the alert: those of its own draft, and its hashes. */
async function candidatesFor(store: Store, alert: AlertRecord, subject: DraftSubject): Promise<readonly Candidate[]> {
  const { draft } = await suggestDraft(store, alert, undefined);
  const values = [
    // The longest first: it is the hardest to forge.
    ...["sha256", "sha1", "md5", "imphash"].map((name) => `process.hash.${name}`),
    ...["process.parent.command_line", "process.name"],
  ].flatMap((field): readonly ExceptionEntry[] => {
    const value = textOf(subject.fields, field);
    return value === undefined || value === "" || value.length > 8000
      ? []
      : [{ type: "match", field, value, operator: "included", case: "insensitive" }];
  });
  return [...draft.entries, ...values].map((entry) => ({ entry }));
}

/** Entries about what was changed first. */
function forFields(candidates: readonly Candidate[], changed: Mutant["changed"]): readonly Candidate[] {
  const fields = changed.map(({ field }) => field);
  const isAbout = ({ entry }: Candidate) => "field" in entry && fields.includes(entry.field);
  return [...candidates.filter(isAbout), ...candidates.filter((one) => !isAbout(one))];
}

type Found = { readonly alert: AlertRecord } | { readonly event: StemmaEvent };

async function distantFrom(
  store: Store,
  rules: readonly Rule[],
  {
    draft,
    subject,
    lists,
  }: { readonly draft: ExceptionDraft; readonly subject: DraftSubject; readonly lists: ListLookup },
): Promise<Pick<CounterExamples, "distant" | "compared" | "truncationReason">> {
  const exception = compileException({ ...draft, id: "" }, lists);
  const farthest = new Farthest<Found>(MOST_DISTANT);
  const add = (found: Found, fields: Seen["fields"]) => farthest.add(found, differenceOf(subject.fields, fields));
  const ruleIds = ruleIdsInScope(draft, rules);
  const known = new Set<string>();
  let alerts = 0;
  let part: AlertRecord[] = [];
  const compare = async () => {
    for (const alert of await coveredBy(store, exception, part)) {
      for (const { eventId } of alert.sources) {
        known.add(eventId);
      }
      add({ alert }, alert.fields);
    }
    part = [];
  };
  for await (const alert of store.alerts.each({ ruleIds, order: "newest-first" })) {
    alerts += 1;
    part.push(alert);
    if (part.length === PART) {
      await compare();
    }
    if (alerts === MOST_ALERTS) {
      break;
    }
  }
  await compare();
  const found = await store.events.find({
    condition: exceptionCondition(draft, lists),
    limit: MOST_EVENTS,
    order: "newest-first",
  });
  const contexts = exception.needsLineage ? await lineageContexts(store.lineage, found.events) : undefined;
  for (const event of found.events) {
    if (!known.has(event.id) && exception.matches({ ...event, lineage: contexts?.get(event.id) })) {
      add({ event }, event.fields);
    }
  }
  const cut = [
    ...(alerts === MOST_ALERTS ? [`Only the newest ${MOST_ALERTS} alerts of the rules were compared.`] : []),
    ...(found.total > found.events.length
      ? [`Only the newest ${MOST_EVENTS} of ${found.total} events were compared.`]
      : []),
  ];
  return {
    distant: await shown(store, farthest.result()),
    compared: { alerts, events: found.events.length },
    truncationReason: cut.length === 0 ? undefined : cut.join(" "),
  };
}

async function coveredBy(
  store: Store,
  exception: ActiveException,
  alerts: readonly AlertRecord[],
): Promise<readonly AlertRecord[]> {
  const likely = alerts.filter(({ fields }) => exception.mayMatch({ fields }));
  if (!exception.needsLineage) {
    return likely;
  }
  const contexts = await contextsOf(store.lineage, [...new Set(likely.flatMap(({ processKey }) => processKey ?? []))]);
  return likely.filter(({ fields, processKey }) =>
    exception.matches({ fields, lineage: contexts.get(processKey ?? "") ?? noLineage }),
  );
}

async function shown(store: Store, found: ReturnType<Farthest<Found>["result"]>): Promise<CounterExamples["distant"]> {
  const alerts = found.flatMap(({ value }) => ("alert" in value ? [value.alert] : []));
  const summaries = new Map((await summariesOf(store, alerts)).map((summary) => [summary.id, summary]));
  return found.map(({ value, difference }) => ({
    ...difference,
    ...("alert" in value
      ? { alert: summaries.get(value.alert.id) }
      : {
          event: {
            id: value.event.id,
            time: new Date(value.event.time).toISOString(),
            host: textOf(value.event.fields, "host.name"),
          },
        }),
  }));
}
