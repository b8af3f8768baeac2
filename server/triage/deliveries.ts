import { hash } from "node:crypto";
import type { Actor } from "#contracts/actor";
import type { Delivery, DeliveryList, DeliveryState } from "#contracts/delivery";
import type { PageRequest } from "#contracts/page";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import type { DeliveryRecord } from "../store/deliveries/port.ts";
import type { Store, StoreTransaction } from "../store/port.ts";

/** Names of receivers; an absent one stands for the folder for bundles alone. Empty: escalations go nowhere. */
export type Receivers = readonly (string | undefined)[];

/** What a receiver is called wherever it is stored or shown: paths of webhooks are often secret. */
export function receiverName(address: string): string {
  return `${new URL(address).origin}/… (${hash("sha256", address, "hex").slice(0, 8)})`;
}

/** The receivers of a configuration: its webhooks, each with a bundle if there is a folder for them. */
export function receiversOf({
  webhook,
  evidence,
}: {
  readonly webhook: { readonly targets: readonly string[] } | undefined;
  readonly evidence: string | undefined;
}): Receivers {
  return webhook?.targets.map(receiverName) ?? (evidence === undefined ? [] : [undefined]);
}

/**
 * Notes that an escalation has to be sent, in the transaction that escalates: either both are stored or neither. See
 * docs/decisions/0069.
 */
export async function queueDeliveries(
  { deliveries }: Pick<StoreTransaction, "deliveries">,
  receivers: Receivers,
  escalation: {
    readonly key: string;
    readonly alerts: number;
    readonly note: string;
    readonly actor: Actor;
    readonly at: number;
    readonly newId: () => string;
  },
): Promise<void> {
  const { key, alerts, note, actor, at, newId } = escalation;
  for (const target of receivers) {
    await deliveries.put({
      ...{ id: newId(), incidentKey: key, target, at, actor: actor.name, note, alerts },
      ...{ state: "waiting", attempts: 0, nextAt: at, files: [] },
    });
  }
}

/** Escalations that were sent or are to be sent, newest first. */
export async function deliveryListOf(
  { deliveries }: Pick<Store, "deliveries">,
  { incident, ...query }: PageRequest & { readonly incident?: string; readonly state?: DeliveryState },
  here: { readonly receivers: Receivers; readonly evidence: boolean },
): Promise<DeliveryList> {
  const page = await deliveries.page({ ...query, incidentKey: incident });
  return {
    ...page,
    items: page.items.map(deliveryView),
    receivers: here.receivers.flatMap((target) => target ?? []),
    evidence: here.evidence,
  };
}

/** Tries a delivery that failed again, as if it were new. Problems: `delivery.not-found`, `delivery.not-failed`. */
export function sendAgain(
  store: Pick<Store, "write">,
  id: string,
  { actor, at }: { readonly actor: Actor; readonly at: number },
): Promise<Result<Delivery, RequestProblem>> {
  return store.write(async ({ deliveries, audit }): Promise<Result<Delivery, RequestProblem>> => {
    const before = await deliveries.get(id);
    if (before === undefined) {
      return fail({ code: "delivery.not-found", message: "There is no such delivery." });
    }
    if (before.state !== "failed") {
      return fail({
        code: "delivery.not-failed",
        message: before.state === "delivered" ? "It was delivered." : "It is waiting to be sent.",
        remedy: "Reload to see its state.",
      });
    }
    const after: DeliveryRecord = { ...before, state: "waiting", attempts: 0, nextAt: at, endedAt: undefined };
    await deliveries.put(after);
    await audit.append({
      ...{ at, actor, action: "delivery.send-again", subject: { kind: "delivery", id } },
      before: { state: before.state, attempts: before.attempts, reason: before.reason },
      after: { state: after.state },
    });
    return ok(deliveryView(after));
  });
}

function deliveryView({ incidentKey, at, nextAt, endedAt, body: _, ...rest }: DeliveryRecord): Delivery {
  const iso = (time: number) => new Date(time).toISOString();
  return {
    ...rest,
    incident: incidentKey,
    at: iso(at),
    files: [...rest.files],
    ...(rest.state === "waiting" ? { nextAt: iso(nextAt) } : {}),
    ...(endedAt === undefined ? {} : { endedAt: iso(endedAt) }),
  };
}
