import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import { type Delivery, type DeliveryList, deliveryState } from "#contracts/delivery";
import { useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { DeliveryState, deliveriesInterval, SendAgain } from "../../ui/delivery.tsx";
import { Section, Table, TextLink } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";

/** Deliveries that are listed. */
const MOST = 200;

/** Escalations that were sent to receivers, and what became of them. */
export function Deliveries() {
  const [state, setState] = useState<Delivery["state"]>();
  const use = { refresh: deliveriesInterval, keep: true };
  const list = useRoute("deliveries", { query: { state, limit: MOST } }, use);
  return (
    <Section title="Deliveries of escalations" aside="newest first">
      <Loaded query={list} label="Loading deliveries" rows={6}>
        {(data) => (
          <>
            <p>{receiversText(data)}</p>
            <div>
              <SegmentedControl
                size="xs"
                aria-label="State"
                value={state ?? "all"}
                onChange={(value) => setState(deliveryState.safeParse(value).data)}
                data={["all", ...deliveryState.options]}
              />
            </div>
            <List list={data} />
          </>
        )}
      </Loaded>
    </Section>
  );
}

function receiversText({ receivers, evidence }: DeliveryList): string {
  const folder = evidence ? "Bundles of escalated incidents are written into the folder for evidence." : "";
  const posted =
    receivers.length === 0
      ? "No webhook is set, so escalations are not posted."
      : `Escalations are posted to ${receivers.join(", ")}.`;
  return [posted, folder].filter((part) => part !== "").join(" ");
}

function List({ list: { items, total, next } }: { readonly list: DeliveryList }) {
  return (
    <Table
      label="Deliveries"
      rows={items}
      total={total}
      truncationReason={next === undefined ? undefined : "choose a state to see fewer"}
      keyOf={({ id }) => id}
      empty="Nothing was sent. Escalations are listed here if a webhook or a folder for evidence is set."
      cards
      columns={[
        { title: "Escalated", cell: ({ at }) => <Moment iso={at} /> },
        { title: "By", cell: ({ actor }) => <VisibleText text={actor} /> },
        {
          title: "Incident",
          cell: ({ incident }) => <TextLink to={`/incidents/${encodeURIComponent(incident)}`}>Open incident</TextLink>,
        },
        {
          title: "Receiver",
          wide: true,
          cell: ({ target = "Folder for evidence" }) => <VisibleText text={target} />,
        },
        { title: "State", cell: (one) => <DeliveryState delivery={one} /> },
        { title: "Attempts", numeric: true, cell: ({ attempts }) => attempts },
        { title: "Send again", actions: true, cell: (one) => <SendAgain delivery={one} /> },
      ]}
      detail={{ title: "Details", of: (one) => <Details delivery={one} /> }}
    />
  );
}

function Details({ delivery: { id, note, files } }: { readonly delivery: Delivery }) {
  return (
    <>
      <p>
        Id <code>{id}</code>
      </p>
      <p>
        Note: <VisibleText text={note} />
      </p>
      {files.map(({ name, sha256 }) => (
        <p key={name}>
          <VisibleText text={name} />, SHA-256 <code>{sha256}</code>
        </p>
      ))}
    </>
  );
}
