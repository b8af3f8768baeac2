import type { CoveredActivity, DistinctCount, MeasuredBreadth } from "#contracts/exception-breadth";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { entrySentence } from "../../ui/exception-entry.ts";
import { visibleString } from "../../ui/visible-text.ts";
import classes from "./measured.module.css";

const number = (value: number) => value.toLocaleString("en");

/** What the whole exception and each of its entries cover in what is stored. */
export function MeasuredView({
  measured,
  groups,
}: {
  readonly measured: MeasuredBreadth;
  /** The groups of entries that were measured. */
  readonly groups: readonly (readonly ExceptionEntry[])[];
}) {
  const entries = groups.flat();
  return (
    <section className={classes.measured} aria-label="What it covers">
      <Covered title="All conditions together" covered={measured.together} isWhole />
      {entries.length > 1 && (
        <details className={classes.each}>
          <summary>Each entry alone</summary>
          {measured.entries.map((covered, index) => {
            const entry = entries[index];
            return (
              entry !== undefined && (
                <Covered
                  // biome-ignore lint/suspicious/noArrayIndexKey: an entry is identified by its position.
                  key={index}
                  title={`Entry ${index + 1}: ${visibleString(entrySentence(entry))}`}
                  covered={covered}
                />
              )
            );
          })}
        </details>
      )}
      <p className={classes.note}>
        Shares are of {number(measured.alerts)} stored {measured.alerts === 1 ? "alert" : "alerts"} of the rules.
        {measured.eventsTruncation !== undefined && ` ${measured.eventsTruncation}`}
      </p>
    </section>
  );
}

function Covered({
  title,
  covered,
  isWhole = false,
}: {
  readonly title: string;
  readonly covered: CoveredActivity;
  readonly isWhole?: boolean;
}) {
  const { ruleShare, allShare, events } = covered;
  return (
    <div className={classes.covered} data-whole={isWhole || undefined}>
      <h3 title={title}>{title}</h3>
      <dl>
        <Figure name="alerts" value={number(covered.alerts)} />
        {ruleShare !== undefined && <Figure name="of these rules" value={share(ruleShare)} bar={ruleShare} />}
        {allShare !== undefined && <Figure name="of all alerts" value={share(allShare)} bar={allShare} />}
        {events !== undefined && <Figure name="events" value={number(events)} />}
        <Figure name="command lines" value={distinct(covered.commandLines)} />
        <Figure name="kinds of them" value={distinct(covered.templates)} />
        <Figure name="parents" value={distinct(covered.parents)} />
        <Figure name="hosts" value={distinct(covered.hosts)} />
        <Figure name="users" value={distinct(covered.users)} />
        <Figure name="rules" value={distinct(covered.rules)} />
      </dl>
    </div>
  );
}

function Figure({ name, value, bar }: { readonly name: string; readonly value: string; readonly bar?: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {bar !== undefined && (
          <span className={classes.bar} aria-hidden>
            <i style={{ width: `${Math.min(100, bar * 100)}%` }} />
          </span>
        )}
      </dd>
    </div>
  );
}

const distinct = ({ count, isMore }: DistinctCount) => `${isMore === true ? "> " : ""}${number(count)}`;

/** A part of something is never shown as nothing or as all of it. */
function share(part: number): string {
  const rounded = Math.round(part * 100);
  return `${rounded === 0 && part > 0 ? "< 1" : rounded === 100 && part < 1 ? "> 99" : rounded} %`;
}
