import type { Delivery } from "#contracts/delivery";
import { VisibleText } from "../../../ui/command-line.tsx";
import { DeliveryState, SendAgain } from "../../../ui/delivery.tsx";
import classes from "./delivery-entry.module.css";

const posted = { waiting: "To be sent to", delivered: "Sent to", failed: "Could not be sent to" } as const;
const written = {
  waiting: "Evidence bundle to be written",
  delivered: "Evidence bundle written",
  failed: "Evidence bundle could not be written",
} as const;

/** A delivery of an escalation in one line, as an entry of a history. */
export function deliveryTitle({ target, state }: Delivery): string {
  return target === undefined ? written[state] : `${posted[state]} ${target}`;
}

/** What became of a delivery, the files that were written for it, and a way to send it again. */
export function DeliveryEntry({ delivery }: { readonly delivery: Delivery }) {
  return (
    <div className={classes.entry}>
      <p>
        Escalation of {delivery.alerts === 1 ? "1 alert" : `${delivery.alerts.toLocaleString("en")} alerts`}:{" "}
        <DeliveryState delivery={delivery} />
      </p>
      {delivery.files.map(({ name, sha256 }) => (
        <p key={name} title={`SHA-256 ${sha256}`}>
          <VisibleText text={name} />
        </p>
      ))}
      <SendAgain delivery={delivery} />
    </div>
  );
}
