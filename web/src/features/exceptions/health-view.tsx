import type { ExceptionRecord } from "#contracts/exception";
import type { ExceptionHealth } from "#contracts/exception-life";
import { useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { DayBars, Section } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./exception-page.module.css";

/** Days with hits that are shown. */
const mostDays = 30;

/** How an exception is used, and what it has begun to cover. */
export function HealthView({ record }: { readonly record: ExceptionRecord }) {
  const health = useRoute("exceptionHealth", { params: { id: record.id } }, { fallback: 60_000 });
  return (
    <Section title="Health">
      <Loaded query={health} label="Loading the health" rows={3}>
        {(data) => (
          <>
            {data.dueForReview && record.reviewBy !== undefined && (
              <p className={classes.notice}>
                Due for review since <Moment iso={record.reviewBy} precision="minute" />
              </p>
            )}
            <News health={data} />
            <DayBars
              days={data.perDay.slice(-mostDays)}
              label="Hits per day"
              empty="It has never matched. Hits are counted when events arrive, in shadow mode too."
            />
            {data.perDay.length > mostDays && (
              <p className={classes.reason}>
                {`The last ${mostDays} of ${data.perDay.length.toLocaleString("en")} days with hits, by the times of the events.`}
              </p>
            )}
            {data.eventsMissing > 0 && (
              <p className={classes.reason}>
                {`The events of ${data.eventsMissing.toLocaleString("en")} hits are not stored any more.`}
              </p>
            )}
            {data.truncationReason !== undefined && <p className={classes.reason}>{data.truncationReason}</p>}
          </>
        )}
      </Loaded>
    </Section>
  );
}

const kinds = [
  ["hosts", "New hosts"],
  ["users", "New users"],
  ["commandLines", "New kinds of command lines"],
] as const;

/** What the hits since the current version are about, and none before. */
function News({ health: { news, since, writtenAt, hits } }: { readonly health: ExceptionHealth }) {
  const found = kinds.filter(([kind]) => news[kind].length > 0);
  if (hits === 0 || since === 0) {
    return null;
  }
  if (found.length === 0) {
    return (
      <p className={classes.reason}>
        {`${since.toLocaleString("en")} ${since === 1 ? "hit" : "hits"} since this version was saved, none on a host, user or kind of command line that it did not cover then.`}
      </p>
    );
  }
  return (
    <aside className={classes.notice} aria-label="New coverage">
      <p>
        <strong>It has begun to cover something else</strong> since this version was saved on{" "}
        <Moment iso={writtenAt} precision="minute" />:
      </p>
      <dl className={classes.news}>
        {found.map(([kind, label]) => (
          <div key={kind}>
            <dt>{label}</dt>
            {news[kind].map(({ value, count }) => (
              <dd key={value}>
                <code>
                  <VisibleText text={value} />
                </code>{" "}
                {count.toLocaleString("en")}
              </dd>
            ))}
          </div>
        ))}
      </dl>
    </aside>
  );
}
