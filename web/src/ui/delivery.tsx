import { Button } from "@mantine/core";
import type { Delivery } from "#contracts/delivery";
import { useDenial } from "../api/permission.ts";
import { useChange } from "../api/queries.ts";
import { ErrorState } from "./state.tsx";
import { Moment } from "./time.tsx";

const waitingInterval = 3_000;
const settledInterval = 30_000;

/** How soon a list of deliveries is read again: the stream of changes says nothing about attempts to send them. */
export function deliveriesInterval(list: { readonly items: readonly Delivery[] } | undefined): number {
  return list?.items.some(({ state }) => state === "waiting") === true ? waitingInterval : settledInterval;
}

/** What became of a delivery, and when; while it waits, when it is tried next. */
export function DeliveryState({ delivery }: { readonly delivery: Delivery }) {
  const { state, nextAt, endedAt, reason } = delivery;
  const time = state === "waiting" ? nextAt : endedAt;
  const words = { waiting: "waiting, next try", delivered: "delivered", failed: "failed" } as const;
  return (
    <>
      {words[state]} {time !== undefined && <Moment iso={time} />}
      {reason !== undefined && `: ${reason}`}
    </>
  );
}

/** Sends a delivery again that failed; nothing for any other. */
export function SendAgain({ delivery: { id, state, at } }: { readonly delivery: Delivery }) {
  const denial = useDenial("triage");
  const again = useChange("sendDeliveryAgain");
  return (
    <>
      {state === "failed" && (
        <Button
          size="compact-xs"
          variant="default"
          disabled={denial !== undefined}
          title={denial}
          loading={again.isPending}
          aria-label={`Send the escalation of ${at} again`}
          onClick={() => again.mutate({ params: { id }, body: {} })}
        >
          Send again
        </Button>
      )}
      {again.error !== null && <ErrorState error={again.error} />}
    </>
  );
}
