import type { AuditRecord } from "#contracts/audit";
import type { BundleSections } from "#contracts/bundle";
import type { ExceptionRecord } from "#contracts/exception";
import type { AlertRecord } from "../../alert/record.ts";
import { appliesTo, type ScopedRule } from "../../exception/scope.ts";
import { auditHash } from "../../store/audit/chain.ts";
import type { Store } from "../../store/port.ts";
import { verifyChain } from "../../triage/audit-trail.ts";
import { type Omitted, upTo } from "../limits.ts";

/** Ids that are asked for at once. */
const PART = 500;

/** Exceptions that were written from one of the alerts, or that apply to one of their rules. */
export async function exceptionsSection(
  { exceptions }: Pick<Store, "exceptions">,
  alerts: readonly AlertRecord[],
  loaded: ReadonlyMap<string, ScopedRule>,
): Promise<BundleSections["exceptions"]> {
  const ids = new Set(alerts.map(({ id }) => id));
  const rules = new Set(alerts.map(({ rule }) => rule.id));
  return (await exceptions.all()).flatMap((exception) => {
    const why: BundleSections["exceptions"][number]["why"] = [
      ...(ids.has(exception.fromAlert ?? "") ? (["written-from"] as const) : []),
      ...([...rules].some((id) => appliesTo(exception, loaded.get(id) ?? { id })) ? (["same-rule"] as const) : []),
    ];
    return why.length === 0 ? [] : [{ why, exception }];
  });
}

/** The audit records of the incident, its alerts and these exceptions, and the state of the whole trail. */
export async function auditSection(
  { audit, incidents }: Pick<Store, "audit" | "incidents">,
  key: string,
  alerts: readonly AlertRecord[],
  exceptions: readonly Pick<ExceptionRecord, "id">[],
  limit: number,
): Promise<{ readonly section: BundleSections["audit"]; readonly omitted: readonly Omitted[] }> {
  const work = (await incidents.work([key])).get(key);
  const subjects = [
    { kind: "incident", ids: work?.ids ?? [] },
    { kind: "alert", ids: alerts.map(({ id }) => id) },
    { kind: "exception", ids: exceptions.map(({ id }) => id) },
  ];
  const found = new Map<number, AuditRecord>();
  for (const { kind, ids } of subjects) {
    for (let start = 0; start < ids.length; start += PART) {
      for (const record of await audit.about({ kind, ids: ids.slice(start, start + PART) }, {})) {
        found.set(record.sequence, record);
      }
    }
  }
  const records = [...found.values()].sort((a, b) => a.sequence - b.sequence);
  const { items, omitted } = upTo(records, limit, "audit records");
  const { intact, checked, brokenAt, head } = await verifyChain(audit, auditHash);
  return { section: { records: [...items], trail: { intact, checked, brokenAt, head } }, omitted };
}
