import { Modal } from "@mantine/core";
import { type ReactNode, useContext, useState } from "react";
import { Link } from "react-router";
import type { Evidence } from "#contracts/playbook";
import { useRoute } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { FieldValue } from "../../../ui/field-value.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { middleEllipsis } from "../../../ui/visible-text.ts";
import { EventText } from "../details/event-text.tsx";
import { RecordView } from "../details/source-records.tsx";
import { SelectionContext } from "../selection.ts";
import classes from "./evidence-link.module.css";

/** Pinned evidence as a way to it: the alert, the logon session, the process in the lineage, the record of an event. */
export function EvidenceLink({ item, length }: { readonly item: Evidence; readonly length: number }) {
  const { select } = useContext(SelectionContext);
  const [open, setOpen] = useState(false);
  const label = <VisibleText text={middleEllipsis(item.label, length)} />;
  switch (item.kind) {
    case "alert":
      return (
        <Link
          className={classes.link}
          to={`/alerts/${encodeURIComponent(item.id)}`}
          title={`Open alert: ${item.label}`}
        >
          {label}
        </Link>
      );
    case "session":
      return (
        <Link
          className={classes.link}
          to={`/sessions/${encodeURIComponent(item.id)}`}
          title={`Open logon session: ${item.label}`}
        >
          {label}
        </Link>
      );
    case "process":
      return (
        <Opener title={`Show process in lineage: ${item.label}`} open={() => select(item.id)}>
          {label}
        </Opener>
      );
    case "event":
      return (
        <>
          <Opener title={`Open record: ${item.label}`} open={() => setOpen(true)}>
            {label}
          </Opener>
          {open && <EventDialog id={item.id} select={select} close={() => setOpen(false)} />}
        </>
      );
    case "field":
      return <FieldEvidence label={item.label} length={length} />;
  }
}

function Opener({
  title,
  open,
  children,
}: {
  readonly title: string;
  readonly open: () => void;
  readonly children: ReactNode;
}) {
  return (
    <button type="button" className={classes.link} title={title} onClick={open}>
      {children}
    </button>
  );
}

/** A field with its value, which has the menu of every value. */
function FieldEvidence({ label, length }: { readonly label: string; readonly length: number }) {
  const end = label.indexOf(": ");
  const [name, value] = end === -1 ? [label, ""] : [label.slice(0, end), label.slice(end + 2)];
  return (
    <>
      <VisibleText text={name} />: <FieldValue field={name} value={value} shown={middleEllipsis(value, length)} />
    </>
  );
}

/** An event that is evidence: when, what, and the original record. */
function EventDialog({
  id,
  select,
  close,
}: {
  readonly id: string;
  readonly select: (processKey: string) => void;
  readonly close: () => void;
}) {
  const event = useRoute("event", { params: { id } });
  return (
    <Modal opened onClose={close} title="Event" size="lg">
      <Loaded query={event} label="Loading the event" rows={4}>
        {(data) => (
          <div className={classes.event}>
            <p>
              <Moment iso={data.time} precision="millisecond" />
            </p>
            <p>
              <EventText event={data} />
            </p>
            {data.processKey !== undefined && (
              <p>
                <Opener
                  title="Selects it in the lineage"
                  open={() => {
                    select(data.processKey ?? "");
                    close();
                  }}
                >
                  Show process in lineage
                </Opener>
              </p>
            )}
            <RecordView source={data.source} initially />
          </div>
        )}
      </Loaded>
    </Modal>
  );
}
