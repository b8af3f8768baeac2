import { NO_FACTS } from "../../lineage/process-facts.ts";
import type { ProcessRow } from "../../lineage/process-row.ts";
import type { LineageTables } from "../../lineage/tables.ts";
import { packEvents } from "../events/packed-events.ts";
import type { StoreTransaction } from "../port.ts";
import type { SectionName, SnapshotSections } from "./sections.ts";

/** Writes values of a section into a store. */
export function writeSection<S extends SectionName>(
  section: S,
  to: StoreTransaction,
  items: readonly SnapshotSections[S][],
): Promise<void> {
  return writers[section](to, items);
}

type Writers = {
  readonly [S in SectionName]: (to: StoreTransaction, items: readonly SnapshotSections[S][]) => Promise<void>;
};

const writers: Writers = {
  async events(to, items) {
    await to.events.append([packEvents(items)]);
  },
  accounts: (to, items) => to.restore.accounts(items),
  accountTies: (to, items) => to.lineage.saveAccountTies(items),
  logonCounts: (to, items) => to.lineage.addLogonCounts(items),
  hostNames: (to, items) =>
    to.lineage.saveHosts({ names: new Map(items.map(({ name, host }) => [name, host])), evidence: [] }),
  hostEvidence: (to, items) => to.lineage.saveHosts({ names: new Map(), evidence: items }),
  addresses: (to, items) => to.lineage.saveAddresses(items),
  logons: (to, items) => to.lineage.saveLogons(items),
  sessions: (to, items) => to.lineage.replaceSessions(items),
  duplicates: (to, items) => writeRows(to.lineage, items, ({ mergedInto }) => mergedInto),
  processes: (to, items) => writeRows(to.lineage, items, ({ parent }) => parent?.key),
  async activity(to, items) {
    await to.lineage.addActivity(new Map(items.map(({ key, ...counts }) => [key, counts])));
  },
  exits: (to, items) => to.lineage.saveExits(items),
  alerts: (to, items) => each(items, (alert) => to.alerts.put(alert)),
  alertAliases: (to, items) => to.restore.alertAliases(items),
  attachedTexts: (to, items) => each(items, (text) => to.triage.putAttachedText(text)),
  answers: (to, items) => each(items, ({ alertId, answer }) => to.triage.putAnswer(alertId, answer)),
  checkedItems: (to, items) => each(items, ({ alertId, item }) => to.triage.setChecked(alertId, item, true)),
  transitions: (to, items) => each(items, (transition) => to.triage.addTransition(transition)),
  proposals: (to, items) => each(items, (proposal) => to.proposals.put(proposal)),
  incidents: (to, items) => each(items, (record) => to.incidents.put(record)),
  batches: (to, items) => each(items, (batch) => to.batches.put(batch)),
  batchParts: (to, items) => each(items, (part) => to.batches.putPart(part)),
  batchLeft: (to, items) => each(items, (left) => to.batches.putLeft(left)),
  savedViews: (to, items) => each(items, (view) => to.savedViews.put(view)),
  valueLists: (to, items) => each(items, (list) => to.valueLists.put(list)),
  valueListParts: (to, items) => each(items, (part) => to.valueLists.putPart(part)),
  deliveries: (to, items) => each(items, (delivery) => to.deliveries.put(delivery)),
  exceptions: (to, items) => each(items, (exception) => to.exceptions.put(exception)),
  exceptionHits: (to, items) => each(items, ({ exceptionId, ...hit }) => to.exceptions.addHit(exceptionId, hit)),
  async engineState(to, items) {
    for (const [scope, rows] of Map.groupBy(items, (row) => row.scope)) {
      await to.engineState.save(scope, rows);
    }
  },
  ingests: (to, items) => each(items, (summary) => to.ingests.put(summary)),
  ruleVersions: (to, items) => to.ruleVersions.put(items),
  settings: (to, items) => each(items, ({ key, value }) => to.settings.put(key, value)),
  audit: (to, items) => to.restore.audit(items),
};

async function each<T>(items: readonly T[], write: (item: T) => Promise<unknown>): Promise<void> {
  for (const item of items) {
    await write(item);
  }
}

/**
 * Saves rows that refer to others (a duplicate to its process, a process to its parent). A referenced row of a later
 * page is created empty until then; counts and relationships of a row remain when it is saved again.
 */
async function writeRows(
  tables: LineageTables,
  rows: readonly ProcessRow[],
  referencedBy: (row: ProcessRow) => string | undefined,
): Promise<void> {
  const own = new Set(rows.map(({ key }) => key));
  const referenced = new Map(
    rows.flatMap((row): readonly (readonly [string, ProcessRow])[] => {
      const key = referencedBy(row);
      return key === undefined || own.has(key)
        ? []
        : [[key, { key, kind: "placeholder", host: row.host, facts: NO_FACTS }]];
    }),
  );
  const stored = await tables.rows([...referenced.keys()]);
  await tables.saveRows([...[...referenced.values()].filter(({ key }) => !stored.has(key)), ...rows]);
}
