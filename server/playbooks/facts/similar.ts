import { hash } from "node:crypto";
import type { Fields } from "#contracts/event";
import type { AlertRecord } from "../../alert/record.ts";
import { commandTemplate } from "../../event/command-template.ts";
import { textOf } from "../../event/event.ts";
import type { Store } from "../../store/port.ts";
import { payloadOf, type Shape, samePayload, sameShape, shapeOf } from "./shape.ts";

/** Alerts of the rule that are compared at most, the newest ones. */
const COMPARED_ALERTS = 200;

/** In what an earlier alert differs from the one at hand. */
type Difference = "payload" | "object" | "parent" | "user" | "host";

interface EarlierAlert {
  readonly alert: AlertRecord;
  readonly shape: Shape;
  /** Empty: it is the same in everything that counts. */
  readonly differs: readonly Difference[];
}

interface EarlierAlerts {
  readonly shape: Shape;
  /** Newest first. */
  readonly items: readonly EarlierAlert[];
  /** Exact, also of those that are not among `items`. */
  readonly total: number;
}

/** Earlier alerts of the same rule and command-line template (without a command line: of the rule on this host). */
export async function earlierAlerts(
  { alerts }: Pick<Store, "alerts">,
  alert: AlertRecord,
  options: { readonly closed?: boolean; readonly limit?: number } = {},
): Promise<EarlierAlerts> {
  const { commandTemplate } = alert;
  const among = {
    ruleIds: [alert.rule.id],
    to: alert.time,
    ...(commandTemplate === undefined ? { hosts: [alert.host] } : { commandTemplate }),
    ...(options.closed === true ? { statuses: ["closed" as const] } : {}),
  };
  const limit = options.limit ?? COMPARED_ALERTS;
  const [page, itself] = await Promise.all([
    alerts.find({ ...among, order: "newest-first", limit: limit + 1 }),
    alerts.find({ ...among, ids: [alert.id], limit: 1 }),
  ]);
  const own = fieldsOf(alert);
  const shape = shapeOf(own);
  const items = page.items
    .filter(({ id }) => id !== alert.id)
    .slice(0, limit)
    .map((one) => {
      const theirs = shapeOf(fieldsOf(one));
      return { alert: one, shape: theirs, differs: differencesOf(alert, one, shape, theirs) };
    });
  return { shape, items, total: page.total - itself.total };
}

const fieldsOf = (alert: AlertRecord) => alert.sequence?.last ?? alert.fields;

/** Equal for alerts that differ at most in their hosts: the same rule matched exactly the same. */
export function exactKey(alert: AlertRecord): string {
  const { template, payload, object } = shapeOf(fieldsOf(alert));
  const ran = textOf(fieldsOf(alert), "process.parent.command_line") ?? "";
  const parent = [parentOf(fieldsOf(alert)), commandTemplate(ran), payloadOf(ran)];
  const parts = [alert.rule.id, template, payload, object, parent, alert.userKey];
  return hash("sha256", JSON.stringify(parts), "base64url").slice(0, 22);
}

const parentOf = (fields: Fields) => textOf(fields, "process.parent.executable")?.toLowerCase();

function differencesOf(alert: AlertRecord, other: AlertRecord, shape: Shape, theirs: Shape): readonly Difference[] {
  return [
    ...(samePayload(shape.payload, theirs.payload) ? [] : (["payload"] as const)),
    ...(samePayload(shape.object, theirs.object) ? [] : (["object"] as const)),
    ...(sameParent(fieldsOf(alert), fieldsOf(other)) ? [] : (["parent"] as const)),
    ...(alert.userKey === other.userKey ? [] : (["user"] as const)),
    ...(alert.host === other.host ? [] : (["host"] as const)),
  ];
}

/** The same program, and if both records have what it ran, the same form of it with the same content. */
function sameParent(fields: Fields, others: Fields): boolean {
  const lines = [fields, others].map((one) => textOf(one, "process.parent.command_line"));
  const [own, other] = lines;
  return (
    parentOf(fields) === parentOf(others) &&
    (own === undefined ||
      other === undefined ||
      (commandTemplate(own) === commandTemplate(other) && samePayload(payloadOf(own), payloadOf(other))))
  );
}

/** How earlier alerts of exactly this shape were closed. */
interface SimilarOutcomes {
  /** Closed as benign or false positive, of the same account and parent. */
  readonly benign: number;
  /** Closed as true positive, whoever ran it. */
  readonly malicious: number;
}

export async function similarOutcomes(store: Pick<Store, "alerts">, alert: AlertRecord): Promise<SimilarOutcomes> {
  const { shape, items } = await earlierAlerts(store, alert, { closed: true });
  const closedAs = (one: EarlierAlert, ...reasons: readonly string[]) => reasons.includes(one.alert.closeReason ?? "");
  return {
    benign: items.filter(
      (one) => closedAs(one, "benign", "false-positive") && one.differs.every((difference) => difference === "host"),
    ).length,
    malicious: items.filter((one) => closedAs(one, "true-positive") && sameShape(shape, one.shape)).length,
  };
}
