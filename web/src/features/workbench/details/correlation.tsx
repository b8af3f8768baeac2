import type { AlertDetail } from "#contracts/alert";
import type { EventView } from "#contracts/event";
import { VisibleText } from "../../../ui/command-line.tsx";
import { FieldValue } from "../../../ui/field-value.tsx";
import { Fact, PaneFacts, PaneSection } from "../../../ui/pane-section.tsx";
import { duration, Moment } from "../../../ui/time.tsx";
import classes from "./correlation.module.css";
import { EventText } from "./event-text.tsx";
import { RecordView } from "./source-records.tsx";

type Correlation = NonNullable<AlertDetail["correlation"]>;

/** The events that an alert of a sequence or correlation rule consists of. */
export function AlertEvents({
  alert,
  select,
}: {
  readonly alert: AlertDetail;
  readonly select?: (key: string) => void;
}) {
  const { members } = alert;
  return members === undefined || members.items.length === 0 ? null : (
    <PaneSection title="Matched events" count={members.total.toLocaleString("en")}>
      <ul className={classes.members}>
        {members.items.map((event) => (
          <MemberEvent key={event.id} event={event} alertProcess={alert.process.key} select={select} />
        ))}
      </ul>
      {members.items.length < members.total && (
        <p className={classes.soft}>
          First {members.items.length} of {members.total.toLocaleString("en")} events; all are counted.
        </p>
      )}
    </PaneSection>
  );
}

/** The result of a correlation rule: its condition, the events it counted, their common values and their time. */
export function CorrelationSummary({ alert }: { readonly alert: AlertDetail }) {
  return alert.correlation === undefined ? null : <Summary correlation={alert.correlation} />;
}

function Summary({ correlation }: { readonly correlation: Correlation }) {
  const { asked, terms, newTerms, counted, rules, suppressed } = correlation;
  const span = Date.parse(correlation.to) - Date.parse(correlation.from);
  return (
    <PaneSection title="Correlation">
      <PaneFacts>
        <Fact term="Condition">{asked}</Fact>
        <Fact term="Matched">
          <strong className={classes.count}>{correlation.count.toLocaleString("en")}</strong>{" "}
          {correlation.count === 1 ? "event" : "events"}
          {span > 0 && <span className={classes.soft}> in {duration(span)}</span>}
        </Fact>
        <Fact term="From">
          <Moment iso={correlation.from} precision="millisecond" />
        </Fact>
        {span > 0 && (
          <Fact term="To">
            <Moment iso={correlation.to} precision="millisecond" />
          </Fact>
        )}
        {correlation.reached !== correlation.from && correlation.reached !== correlation.to && (
          <Fact term="Condition met">
            <Moment iso={correlation.reached} precision="millisecond" />
          </Fact>
        )}
        {newTerms !== undefined && (
          <Fact term="New value">
            <NewTerms correlation={correlation} />
          </Fact>
        )}
        {newTerms === undefined &&
          terms.map(({ field, value }) => (
            <Fact key={field} term="Grouped by">
              <span className={classes.field}>{field}</span>{" "}
              {value === undefined ? (
                <span className={classes.soft}>no value</span>
              ) : (
                <FieldValue field={field} value={value} />
              )}
            </Fact>
          ))}
        {counted
          .filter(({ of }) => of === "values")
          .map(({ field = "", count, values }) => (
            <Fact key={field} term="Distinct values">
              <strong className={classes.count}>{count.toLocaleString("en")}</strong>{" "}
              <span className={classes.field}>{field}</span>
              <span className={classes.values}>
                {values.map((value) => (
                  <FieldValue key={value} field={field} value={value} />
                ))}
                {values.length < count && <span className={classes.soft}>and {count - values.length} more</span>}
              </span>
            </Fact>
          ))}
        {rules.length > 1 &&
          rules.map(({ id, name, count }) => (
            <Fact key={id} term={`${count.toLocaleString("en")} ×`}>
              {name}
            </Fact>
          ))}
      </PaneFacts>
      {suppressed !== undefined && (
        <p className={classes.soft}>
          {suppressed.count === 0 ? "No" : suppressed.count.toLocaleString("en")} further{" "}
          {suppressed.count === 1 ? "event was" : "events were"} suppressed: the rule alerts once per{" "}
          {duration(suppressed.duration)} for the same values.
        </p>
      )}
      {newTerms !== undefined && <DataHistory correlation={correlation} />}
    </PaneSection>
  );
}

function NewTerms({ correlation: { terms, newTerms = [] } }: { readonly correlation: Correlation }) {
  return (
    <span className={classes.values}>
      {newTerms.map((value, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: values may repeat and never change their order.
        <FieldValue key={index} field={terms[index % Math.max(1, terms.length)]?.field ?? ""} value={value} />
      ))}
    </span>
  );
}

/** Whether the stored data goes back far enough to call a value new. */
function DataHistory({ correlation: { knownFrom, from, window } }: { readonly correlation: Correlation }) {
  const known = knownFrom === undefined ? 0 : Math.max(0, Date.parse(from) - Date.parse(knownFrom));
  return (
    <p className={classes.soft}>
      {known >= window
        ? `Data of this host covers the full ${duration(window)} before these events.`
        : `Data of this host begins ${known < 1000 ? "with these events" : `${duration(known)} before these events`}. Earlier occurrences within ${duration(window)} are unknown.`}
    </p>
  );
}

function MemberEvent({
  event,
  alertProcess,
  select,
}: {
  readonly event: EventView;
  readonly alertProcess: string | undefined;
  readonly select: ((key: string) => void) | undefined;
}) {
  const { processKey } = event;
  const name = event.fields["process.name"];
  return (
    <li>
      <p>
        <Moment iso={event.time} precision="millisecond" /> <EventText event={event} />
        {processKey !== undefined && processKey !== alertProcess && select !== undefined && (
          <button type="button" className={classes.process} onClick={() => select(processKey)}>
            Show <VisibleText text={String(name ?? "process")} />
          </button>
        )}
      </p>
      <RecordView source={event.source} />
    </li>
  );
}
