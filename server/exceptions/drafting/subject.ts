import type { Fields } from "#contracts/event";
import type { AlertRecord } from "../../alert/record.ts";
import { contextsOf } from "../../alerting/lineage-contexts.ts";
import { type StemmaEvent, textOf } from "../../event/event.ts";
import { type LineageContext, noLineage } from "../../exception/lineage-context.ts";
import type { AccountIdentity } from "../../lineage/account-identity.ts";
import type { Store } from "../../store/port.ts";

/** What a draft for an alert is made of. */
export interface DraftSubject {
  readonly alert: AlertRecord;
  /** Of the event that leads the alert; of a rule that counts, the fields that all of its events share. */
  readonly fields: Fields;
  readonly lineage: LineageContext;
  readonly account: AccountIdentity | undefined;
  /** All names of the host, the one in the record first. */
  readonly hostNames: readonly string[];
}

type Reader = Pick<Store, "lineage" | "events">;

/**
 * Reads what drafts need of these alerts, in a fixed number of round trips but for events that are looked up. With
 * `copies`, the copies of fields that alerts carry take the place of their events.
 */
export async function draftSubjects(
  store: Reader,
  alerts: readonly AlertRecord[],
  { copies = false }: { readonly copies?: boolean } = {},
): Promise<readonly DraftSubject[]> {
  const keys = [...new Set(alerts.flatMap(({ processKey }) => processKey ?? []))];
  const [accounts, contexts, events] = await Promise.all([
    store.lineage.accounts(),
    contextsOf(store.lineage, keys),
    copies ? [] : Promise.all(alerts.map((alert) => leadingEvent(store, alert))),
  ]);
  return alerts.map((alert, index) => {
    const fields = alert.correlation === undefined ? (events[index]?.fields ?? alert.fields) : alert.fields;
    const host = textOf(fields, "host.name");
    return {
      alert,
      fields,
      lineage: contexts.get(alert.processKey ?? "") ?? noLineage,
      account: alert.userKey === undefined ? undefined : accounts.find(accounts.keyOf(alert.userKey, alert.host)),
      hostNames:
        host === undefined
          ? []
          : [host, ...accounts.hosts.all(host.toLowerCase()).filter((name) => name !== host.toLowerCase())],
    };
  });
}

/** The first source event leads. It may not be stored any more; the alert keeps a copy of its fields. */
async function leadingEvent(store: Reader, alert: AlertRecord): Promise<StemmaEvent | undefined> {
  const [first] = alert.sources;
  return first === undefined ? undefined : store.events.get(first.eventId);
}
