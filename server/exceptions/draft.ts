import type { SuggestedDraft } from "#contracts/exception";
import { type ExceptionEntry, eventFieldsOf } from "#contracts/exception-entry";
import type { RequestProblem } from "#contracts/problem";
import type { AlertRecord } from "../alert/record.ts";
import { fieldsOf } from "../condition/fields.ts";
import type { Rule } from "../detection/rule.ts";
import { valuesOf } from "../event/event.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { type ActivityPart, activityEntry, activityOf, commonActivity } from "./drafting/activity.ts";
import { alertsById } from "./drafting/alerts.ts";
import { type DraftSubject, draftSubjects } from "./drafting/subject.ts";
import { hostOf, namedEntry, together, userOf } from "./drafting/who.ts";

/** Groups of entries that a draft has at most: the first one and its alternatives. */
export const MOST_ACTIVITIES = 21;
/** Rules that a draft names at most. */
const MOST_RULES = 100;

type Reader = Pick<Store, "lineage" | "events">;

/** Alerts that are one activity. */
export interface Activity {
  readonly parts: readonly ActivityPart[];
  readonly subjects: readonly DraftSubject[];
}

export interface Suggested {
  readonly entry: ExceptionEntry;
  readonly because: string;
}

/**
 * The minimum confirmed pattern of an alert as a draft: exact program and parent, the command line with typed stand-ins
 * for what differs between runs, the parent's command line or an ancestor where the parent's path says nothing, user
 * and host, each with its reason. Without a process, the source address takes their place. All entries come from one
 * event, because an exception matches single events; for an alert of a rule that counts, from the fields that all
 * events share. See docs/decisions/0082.
 */
export async function suggestDraft(store: Reader, alert: AlertRecord, rule: Rule | undefined): Promise<SuggestedDraft> {
  const subjects = await draftSubjects(store, [alert]);
  return draftOf(activitiesOf(subjects), subjects, rule === undefined ? [] : [rule]);
}

/**
 * One draft for several alerts: what all of them have stays, typed parts that differ become stand-ins, hosts and users
 * are listed, and alerts of other activities are alternatives. It applies to the rules of all of them.
 * Problems: `exception.too-different`.
 */
export async function suggestDraftForAll(
  store: Reader,
  alerts: readonly AlertRecord[],
  ruleOf: (id: string) => Rule | undefined,
): Promise<Result<SuggestedDraft, RequestProblem>> {
  const subjects = await draftSubjects(store, alerts);
  const activities = activitiesOf(subjects);
  const rules = [...new Set(alerts.map(({ rule }) => rule.id))];
  if (activities.length > MOST_ACTIVITIES || rules.length > MOST_RULES) {
    const [count, most, what] =
      rules.length > MOST_RULES
        ? [rules.length, MOST_RULES, "rules"]
        : [activities.length, MOST_ACTIVITIES, "activities that differ in more than numbers and ids"];
    return fail({
      code: "exception.too-different",
      message: `The alerts are ${count} ${what}; an exception can have up to ${most}.`,
      at: { field: "alertIds" },
      remedy: "Choose alerts of one workflow.",
    });
  }
  return ok(
    draftOf(
      activities,
      subjects,
      rules.flatMap((id) => ruleOf(id) ?? []),
    ),
  );
}

/** As `suggestDraftForAll` for alerts by their ids. Problems: also `alert.not-found`. */
export async function suggestDraftById(
  store: Reader & Pick<Store, "alerts">,
  ids: readonly string[],
  ruleOf: (id: string) => Rule | undefined,
): Promise<Result<SuggestedDraft, RequestProblem>> {
  const alerts = await alertsById(store, ids, "alertIds");
  return alerts.ok ? suggestDraftForAll(store, alerts.value, ruleOf) : alerts;
}

/** Alerts that are one activity together, in the order of the first of each. */
export function activitiesOf(subjects: readonly DraftSubject[]): readonly Activity[] {
  const activities: (Activity & { readonly named: string })[] = [];
  for (const subject of subjects) {
    const parts = activityOf(subject);
    const named = fieldsNamed(subject);
    let isKnown = false;
    for (const [index, known] of activities.entries()) {
      const common = known.named === named ? commonActivity(known.parts, parts) : undefined;
      if (common !== undefined) {
        activities[index] = { parts: common, subjects: [...known.subjects, subject], named };
        isKnown = true;
        break;
      }
    }
    if (!isKnown) {
      activities.push({ parts, subjects: [subject], named });
    }
  }
  return activities;
}

/** Records of different sources name the user in different fields. */
function fieldsNamed(subject: DraftSubject): string {
  return [...userOf(subject), ...hostOf(subject)].map(({ field }) => field).join();
}

/** An activity as entries: what it is, who runs it, and where. */
export function groupOf({ parts, subjects }: Activity): readonly Suggested[] {
  return [
    ...parts.map((part) => ({ entry: activityEntry(part), because: part.because })),
    ...[
      ...together(subjects.map(userOf), "The accounts of the chosen alerts."),
      ...together(subjects.map(hostOf), "The hosts of the chosen alerts."),
    ].map((named) => ({ entry: namedEntry(named), because: named.because })),
  ];
}

function draftOf(
  activities: readonly Activity[],
  subjects: readonly DraftSubject[],
  rules: readonly Rule[],
): SuggestedDraft {
  const [group = [], ...others] = activities.map(groupOf);
  const alternatives = others
    .map((suggested) => suggested.map(({ entry }) => entry))
    .filter(({ length }) => length > 0);
  const entries = group.map(({ entry }) => entry);
  const alerts = subjects.map(({ alert }) => alert);
  return {
    draft: {
      name: nameOf(alerts),
      reason: "",
      ruleIds: [...new Set(alerts.map(({ rule }) => rule.id))],
      entries,
      ...(alternatives.length === 0 ? {} : { alternatives }),
      mode: "enforced",
      fromAlert: alerts[0]?.id,
    },
    because: group.map(({ because }) => because),
    fields: fieldsIn(subjects, [...entries, ...alternatives.flat()], rules),
  };
}

/** A name for an exception from these alerts. */
export function nameOf(alerts: readonly AlertRecord[]): string {
  const rules = [...new Set(alerts.map(({ rule }) => rule.name))];
  const hosts = [...new Set(alerts.map(({ host }) => host))];
  const place = hosts.length === 1 ? hosts[0] : `${hosts.length} hosts`;
  const what = rules.length === 1 ? rules[0] : `${rules[0]} and ${rules.length - 1} more`;
  return `${what} on ${place}`.slice(0, 200);
}

/** The fields of the alerts with all of their values. */
function fieldsIn(
  subjects: readonly DraftSubject[],
  entries: readonly ExceptionEntry[],
  rules: readonly Rule[],
): SuggestedDraft["fields"] {
  const named = new Set([
    ...entries.flatMap(eventFieldsOf),
    ...rules.flatMap(({ body }) => (body.kind === "not-evaluable" ? [] : fieldsOf(body.condition))),
  ]);
  const values = new Map<string, Set<string>>();
  for (const { fields } of subjects) {
    for (const field of Object.keys(fields)) {
      const known = values.getOrInsertComputed(field, () => new Set());
      for (const value of valuesOf(fields, field)) {
        known.add(String(value));
      }
    }
  }
  return [...values]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([field, known]) => ({ field, values: [...known], named: named.has(field) }));
}
