import type { AlertDetail } from "#contracts/alert";
import type { EventView } from "#contracts/event";
import { VisibleText } from "../../../ui/command-line.tsx";
import { FieldValue } from "../../../ui/field-value.tsx";
import { Fact, PaneFacts, PaneSection } from "../../../ui/pane-section.tsx";
import { duration, Moment } from "../../../ui/time.tsx";
import { EventText } from "./event-text.tsx";
import classes from "./found-together.module.css";
import { RecordView } from "./source-records.tsx";

type Correlation = NonNullable<AlertDetail["correlation"]>;

/** The events of a rule over several or many events, one by one. */
export function AlertEvents({
  alert,
  select,
}: {
  readonly alert: AlertDetail;
  readonly select?: (key: string) => void;
}) {
  const { members } = alert;
  return members === undefined || members.items.length === 0 ? null : (
    <PaneSection title="Its events" count={members.total.toLocaleString("en")}>
      <ul className={classes.members}>
        {members.items.map((event) => (
          <Member key={event.id} event={event} own={alert.process.key} select={select} />
        ))}
      </ul>
      {members.items.length < members.total && (
        <p className={classes.soft}>
          The first {members.items.length} of {members.total.toLocaleString("en")}; all of them are counted.
        </p>
      )}
    </PaneSection>
  );
}

/** What a rule about many events found in them: the group, the numbers, the time. */
export function FoundTogether({ alert }: { readonly alert: AlertDetail }) {
  return alert.correlation === undefined ? null : <Numbers correlation={alert.correlation} />;
}

function Numbers({ correlation }: { readonly correlation: Correlation }) {
  const { asked, terms, newTerms, counted, rules, suppressed } = correlation;
  const took = Date.parse(correlation.to) - Date.parse(correlation.from);
  return (
    <PaneSection title="What it found together">
      <PaneFacts>
        <Fact term="Asked for">{asked}</Fact>
        <Fact term="Found">
          <strong className={classes.count}>{correlation.count.toLocaleString("en")}</strong>{" "}
          {correlation.count === 1 ? "event" : "events"}
          {took > 0 && <span className={classes.soft}> in {duration(took)}</span>}
        </Fact>
        <Fact term="From">
          <Moment iso={correlation.from} precision="millisecond" />
        </Fact>
        {took > 0 && (
          <Fact term="To">
            <Moment iso={correlation.to} precision="millisecond" />
          </Fact>
        )}
        {correlation.reached !== correlation.from && correlation.reached !== correlation.to && (
          <Fact term="True since">
            <Moment iso={correlation.reached} precision="millisecond" />
          </Fact>
        )}
        {newTerms !== undefined && (
          <Fact term="New">
            <NewTerms correlation={correlation} />
          </Fact>
        )}
        {newTerms === undefined &&
          terms.map(({ field, value }) => (
            <Fact key={field} term="Same">
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
            <Fact key={field} term="Different">
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
          {suppressed.count === 0
            ? "Nothing else was held back"
            : `${suppressed.count.toLocaleString("en")} more ${suppressed.count === 1 ? "event was" : "events were"} held back`}
          : the rule tells of the same values once in {duration(suppressed.duration)}.
        </p>
      )}
      {newTerms !== undefined && <History correlation={correlation} />}
    </PaneSection>
  );
}

function NewTerms({ correlation: { terms, newTerms = [] } }: { readonly correlation: Correlation }) {
  return (
    <span className={classes.values}>
      {newTerms.map((value, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: values may repeat, and never change places.
        <FieldValue key={place} field={terms[place % Math.max(1, terms.length)]?.field ?? ""} value={value} />
      ))}
    </span>
  );
}

/** Whether the data goes back far enough for "new" to mean something. */
function History({ correlation: { knownFrom, from, window } }: { readonly correlation: Correlation }) {
  const known = knownFrom === undefined ? 0 : Math.max(0, Date.parse(from) - Date.parse(knownFrom));
  return (
    <p className={classes.soft}>
      {known >= window
        ? `The data of this host covers the whole ${duration(window)} before it.`
        : `The data of this host begins ${known < 1000 ? "with it" : `${duration(known)} before it`}: whether it occurred earlier within the ${duration(window)} is not known.`}
    </p>
  );
}

function Member({
  event,
  own,
  select,
}: {
  readonly event: EventView;
  readonly own: string | undefined;
  readonly select: ((key: string) => void) | undefined;
}) {
  const { processKey } = event;
  const name = event.fields["process.name"];
  return (
    <li>
      <p>
        <Moment iso={event.time} precision="millisecond" /> <EventText event={event} />
        {processKey !== undefined && processKey !== own && select !== undefined && (
          <button type="button" className={classes.process} onClick={() => select(processKey)}>
            show <VisibleText text={String(name ?? "its process")} />
          </button>
        )}
      </p>
      <RecordView source={event.source} />
    </li>
  );
}
