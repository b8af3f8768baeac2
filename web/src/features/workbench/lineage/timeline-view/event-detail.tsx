import { CloseButton } from "@mantine/core";
import { Link } from "react-router";
import type { TimelineEvent } from "#contracts/timeline";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { RecordView } from "../../details/source-records.tsx";
import { kindLabels } from "./kinds.ts";
import classes from "./timeline-view.module.css";

/** The chosen event: all of its line, the other process, the alerts on it, and its record. */
export function EventDetail({
  event,
  select,
  close,
}: {
  readonly event: TimelineEvent;
  readonly select: (key: string) => void;
  readonly close: () => void;
}) {
  const { process, target } = event;
  return (
    <section className={classes.eventDetail} aria-label="The chosen event">
      <header>
        <strong>{kindLabels[event.kind].label}</strong>
        <Process name={process.name ?? "no known process"} of={process.key} select={select} />
        {target !== undefined && (
          <>
            <span aria-hidden>→</span>
            <Process name={target.name ?? `process ${target.pid ?? ""}`} of={target.key} select={select} />
          </>
        )}
        <CloseButton size="sm" aria-label="Close the event" onClick={close} className={classes.close} />
      </header>
      <code>
        <VisibleText text={event.summary} />
      </code>
      {event.alerts.length > 0 && (
        <p>
          Alerts on it:{" "}
          {event.alerts.map(({ id, ruleName }, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <Link to={`/alerts/${encodeURIComponent(id)}`}>{ruleName}</Link>
            </span>
          ))}
        </p>
      )}
      <RecordView source={event.source} />
    </section>
  );
}

function Process({
  name,
  of,
  select,
}: {
  readonly name: string;
  readonly of: string | undefined;
  readonly select: (key: string) => void;
}) {
  return of === undefined ? (
    <span>
      <VisibleText text={name} />
    </span>
  ) : (
    <button type="button" className={classes.link} onClick={() => select(of)}>
      <VisibleText text={name} />
    </button>
  );
}
