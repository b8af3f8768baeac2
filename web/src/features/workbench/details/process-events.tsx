import { Button } from "@mantine/core";
import { useState } from "react";
import type { Activity, ProcessNode } from "#contracts/lineage";
import { useRoute } from "../../../api/queries.ts";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { activityCounts } from "../lineage/labels.ts";
import { EventText } from "./event-text.tsx";
import classes from "./process-events.module.css";
import { RecordView } from "./source-records.tsx";

/** Event counts of a process by kind. A click lists the stored events of that kind. */
export function ProcessEvents({ node }: { readonly node: ProcessNode }) {
  const [kind, setKind] = useState<keyof Activity>();
  const total = Object.values(node.activity).reduce((sum, count) => sum + count, 0);
  return (
    <PaneSection title="Activity" count={total.toLocaleString("en")}>
      {total === 0 ? (
        <p className={classes.none}>No network, file, registry or other events of this process were ingested.</p>
      ) : (
        <div className={classes.kinds}>
          {activityCounts(node.activity).map(({ kind: value, label, count }) => (
            <button
              key={value}
              type="button"
              aria-pressed={kind === value}
              disabled={count === 0}
              onClick={() => setKind(kind === value ? undefined : value)}
            >
              <strong>{count.toLocaleString("en")}</strong> {label}
            </button>
          ))}
        </div>
      )}
      {kind !== undefined && <EventList processKey={node.key} kind={kind} />}
    </PaneSection>
  );
}

const pageStep = 20;

function EventList({ processKey, kind }: { readonly processKey: string; readonly kind: string }) {
  const [limit, setLimit] = useState(pageStep);
  const events = useRoute("processEvents", { params: { key: processKey }, query: { kind, limit } }, { keep: true });
  return (
    <Loaded query={events} label={`Loading ${kind} events`} rows={4}>
      {(page) => (
        <>
          <ul className={classes.events}>
            {page.items.map((event) => (
              <li key={event.id}>
                <p>
                  <Moment iso={event.time} precision="millisecond" /> <EventText event={event} />
                </p>
                <RecordView source={event.source} />
              </li>
            ))}
          </ul>
          <p className={classes.none}>
            {page.items.length} of {page.total.toLocaleString("en")}
            {page.truncationReason === undefined ? "" : `: ${page.truncationReason}`}
          </p>
          {page.items.length < page.total && limit < 500 && (
            <Button size="compact-xs" variant="default" onClick={() => setLimit(Math.min(500, limit * 5))}>
              Load more
            </Button>
          )}
        </>
      )}
    </Loaded>
  );
}
