import { Fragment } from "react";
import type { EventView } from "#contracts/event";
import { DecodedText, isEncodedField } from "../../ui/decoded.tsx";
import { FieldValue } from "../../ui/field-value.tsx";
import classes from "./hunt.module.css";

/** All fields of an event, and where its record is. */
export function Record({ event }: { readonly event: EventView }) {
  return (
    <div className={classes.record}>
      <p>
        {event.source.recordId === undefined ? "" : `Record ${event.source.recordId} · `}
        <code>{event.source.file}</code>
        {event.source.offset === undefined ? "" : ` at byte ${event.source.offset}`} ·{" "}
        <a href={`/api/v1/events/${encodeURIComponent(event.id)}/raw`}>Original record</a>
      </p>
      <dl>
        {Object.entries(event.fields)
          .toSorted(([a], [b]) => a.localeCompare(b))
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {(typeof value === "object" ? value : [value]).map((item) => (
                  <Fragment key={String(item)}>
                    <FieldValue field={name} value={String(item)} />
                    {isEncodedField(name) && <DecodedText text={String(item)} />}
                  </Fragment>
                ))}
              </dd>
            </div>
          ))}
      </dl>
    </div>
  );
}
