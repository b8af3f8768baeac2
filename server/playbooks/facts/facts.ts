import type { Fields, FieldValue } from "#contracts/event";
import { fieldsOf } from "../../condition/fields.ts";
import { nameOf } from "../../lineage/keys.ts";
import type { Store } from "../../store/port.ts";
import type { AlertContext } from "../alert-fields.ts";
import type { Playbook } from "../playbook.ts";
import { templateFields } from "../template.ts";
import { logonHabit } from "./logon-habit.ts";
import { MONTH, recurrenceOf } from "./recurrence.ts";
import { relatedAlerts } from "./related.ts";
import { signersOf } from "./signer.ts";
import { similarOutcomes } from "./similar.ts";

/** Runs of a program that are read to count its hosts. */
const RUNS = 200;

type Facts = Readonly<Record<string, FieldValue | undefined>>;
type ReadFacts = (store: Store, context: AlertContext) => Promise<Facts>;

/**
 * Facts about an alert that checks can name like fields of its records. Each group is read only for checks that name
 * one of its fields. docs/fields.md lists them; see docs/decisions/0076.
 */
const groups: Readonly<Record<string, ReadFacts>> = {
  async "stemma.recurrence."(store, context) {
    const found = await recurrenceOf(store, context);
    return {
      "stemma.recurrence.same_template_30d": found?.same,
      "stemma.recurrence.days": found?.days,
      "stemma.recurrence.same_hour_days": found?.sameHourDays,
      "stemma.recurrence.new_children": found?.newChildren,
      "stemma.recurrence.hosts": found?.hosts,
      "stemma.recurrence.other_payload_30d": found?.otherPayload,
    };
  },
  async "stemma.similar."(store, { alert }) {
    const { benign, malicious } = await similarOutcomes(store, alert);
    return { "stemma.similar.benign": benign, "stemma.similar.malicious": malicious };
  },
  async "stemma.prevalence."({ lineage }, { alert, process }) {
    const name = nameOf(process?.name);
    if (name === undefined) {
      return {};
    }
    const runs = await lineage.runs({ name, from: alert.time - MONTH, to: alert.time, limit: RUNS });
    return {
      "stemma.prevalence.runs": runs.total,
      "stemma.prevalence.hosts": new Set(runs.items.map(({ host }) => host)).size,
    };
  },
  async "stemma.related."({ alerts }, { alert }) {
    const related = await relatedAlerts(alerts, alert);
    return {
      "stemma.related.rules": new Set(related.map(({ rule }) => rule.id)).size,
      "stemma.related.tactics": new Set(
        related.flatMap(({ techniques }) => techniques.flatMap(({ tactic }) => tactic ?? [])),
      ).size,
      "stemma.related.malicious": related.filter((one) => one.closeReason === "true-positive").length,
    };
  },
  async "stemma.logon."(store, context) {
    const habit = await logonHabit(store, context);
    return {
      "stemma.logon.days": habit?.days,
      "stemma.logon.same_address_30d": habit?.sameAddress,
      "stemma.logon.same_address_days": habit?.sameAddressDays,
      "stemma.logon.same_type_30d": habit?.sameType,
    };
  },
  async "stemma.signer."(store, context) {
    const { process, parent, module } = await signersOf(store, context);
    return {
      "stemma.signer.status": process?.state,
      "stemma.signer.name": process?.signer,
      "stemma.signer.parent.status": parent?.state,
      "stemma.signer.parent.name": parent?.signer,
      "stemma.signer.module.status": module?.state,
      "stemma.signer.module.name": module?.signer,
    };
  },
};

/** The fields that the checks of a step test on the alert, or show in their reasons. */
export function fieldsOfChecks({ checks }: Pick<Playbook, "checks">, stepId: string): readonly string[] {
  return checks
    .filter((check) => check.stepId === stepId && check.on === "alert")
    .flatMap(({ where, because }) => [
      ...(where === undefined ? [] : fieldsOf(where.condition)),
      ...templateFields(because),
    ]);
}

/** The context with those facts that one of these fields is about. */
export async function withFacts(store: Store, context: AlertContext, fields: readonly string[]): Promise<AlertContext> {
  const needed = Object.entries(groups).filter(([prefix]) => fields.some((field) => field.startsWith(prefix)));
  if (needed.length === 0) {
    return context;
  }
  const read = await Promise.all(needed.map(([, facts]) => facts(store, context)));
  const known: Record<string, FieldValue> = Object.create(null);
  Object.assign(known, context.fields);
  for (const [name, value] of read.flatMap((facts) => Object.entries(facts))) {
    // A record could carry a field of this name: facts are never taken from it.
    delete known[name];
    if (value !== undefined) {
      known[name] = value;
    }
  }
  return { ...context, fields: known as Fields };
}
