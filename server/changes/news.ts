import type { AuditRecord } from "#contracts/audit";
import type { Change } from "#contracts/changes";
import type { StoreLook, WorkedOn } from "../store/changes/port.ts";

/** Where the store was at a look, as the `id` of a message: the same on every server of one store. */
export function markOf({ audit, alerts }: StoreLook): string {
  return `${audit?.sequence ?? 0}-${audit?.hash.slice(0, 8) ?? ""}-${alerts}`;
}

/** The alerts and incidents that audit records are about, each once. */
export function workedOn(records: readonly AuditRecord[]): readonly WorkedOn[] {
  const found = new Map<string, WorkedOn>();
  for (const { subject } of records) {
    if (isWork(subject.kind)) {
      found.set(nameOf(subject), { kind: subject.kind, id: subject.id });
    }
  }
  return [...found.values()];
}

/**
 * What to tell of audit records, given the incidents that their subjects belong to now. An alert that is in no incident
 * is told as a subject.
 */
export function changesOf(
  records: readonly AuditRecord[],
  incidents: readonly (WorkedOn & { readonly key: string })[],
): readonly Change[] {
  const keys = new Map(incidents.map((one) => [nameOf(one), one.key]));
  const byIncident = new Map<string, Set<string>>();
  const subjects = new Set<string>();
  for (const { subject, actor } of records) {
    const key = isWork(subject.kind) ? keys.get(nameOf(subject)) : undefined;
    if (key === undefined) {
      subjects.add(subject.kind);
    } else {
      byIncident.set(key, (byIncident.get(key) ?? new Set()).add(actor));
    }
  }
  return [
    ...[...byIncident].map(([key, by]): Change => ({ kind: "incident", key, by: [...by] })),
    ...[...subjects].map((subject): Change => ({ kind: "subject", subject })),
  ];
}

function isWork(kind: string): kind is WorkedOn["kind"] {
  return kind === "alert" || kind === "incident";
}

function nameOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}
