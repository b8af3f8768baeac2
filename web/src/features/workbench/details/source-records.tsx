import { useState } from "react";
import type { SourceRef } from "#contracts/event";
import { recordLabel } from "#contracts/event-source";
import { useRoute } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { DecodedEvent } from "../../../ui/decoded.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { RawJson } from "../../../ui/raw-json.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import classes from "./source-records.module.css";

/** The ingested records behind a process or alert: their location and their original content. */
export function SourceRecords({ sources }: { readonly sources: readonly SourceRef[] }) {
  return (
    <PaneSection title="Source records" count={sources.length}>
      {sources.length === 0 ? (
        <p className={classes.soft}>No record of this process. It is inferred from records of other processes.</p>
      ) : (
        sources.map((source) => <RecordView key={source.eventId} source={source} />)
      )}
    </PaneSection>
  );
}

/** One record: its location and, on demand, its original content. */
export function RecordView({
  source,
  initially = false,
}: {
  readonly source: SourceRef;
  /** Whether the original content is shown at first. */
  readonly initially?: boolean;
}) {
  const [open, setOpen] = useState(initially);
  return (
    <details className={classes.record} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={classes.code}>{recordLabel(source)}</span>
        {source.recordId !== undefined && <span>#{source.recordId}</span>}
        <Moment iso={source.time} precision="millisecond" />
      </summary>
      <p className={classes.soft}>
        <VisibleText text={source.file} />
        {source.offset === undefined ? "" : `, offset ${source.offset.toLocaleString("en")}`}
      </p>
      {open && <DecodedEvent id={source.eventId} />}
      {open && <Raw eventId={source.eventId} />}
    </details>
  );
}

function Raw({ eventId }: { readonly eventId: string }) {
  const raw = useRoute("rawEvent", { params: { id: eventId } });
  return (
    <Loaded query={raw} label="Loading the original record" rows={3}>
      {(data) => <RawJson value={data.record} label="original record" />}
    </Loaded>
  );
}
