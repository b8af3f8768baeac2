import type { AlertSummary } from "#contracts/alert";
import type { DryRun, ExceptionDraft } from "#contracts/exception";
import { CommandLine } from "../../ui/command-line.tsx";
import { SeverityMark, StatusMark } from "../../ui/marks.tsx";
import { Section, TextLink } from "../../ui/page.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import { Moment } from "../../ui/time.tsx";
import { BreadthView } from "./breadth.tsx";
import classes from "./dry-run-view.module.css";
import { RaisedInsteadSection } from "./raised-instead.tsx";
import { becauseOf, RedStopView } from "./red-stop.tsx";

const number = (value: number) => value.toLocaleString("en");

/** What the exception would hide among stored alerts, computed by the evaluator that will run it. */
export function DryRunView({
  dryRun,
  draft,
  narrow,
  override,
}: {
  readonly dryRun: DryRun;
  /** The draft that was run. */
  readonly draft: Pick<ExceptionDraft, "mode" | "entries" | "alternatives">;
} & Pick<Parameters<typeof RedStopView>[0], "narrow" | "override">) {
  const { totals, confirmedMalicious, redStop } = dryRun;
  const { mode } = draft;
  return (
    <>
      {redStop !== undefined && (
        <RedStopView stop={redStop} mode={mode} narrow={narrow} override={override}>
          <AlertRows alerts={confirmedMalicious} because={becauseOf(dryRun)} />
        </RedStopView>
      )}
      <Section title="Breadth">
        <BreadthView
          breadth={dryRun.breadth}
          measured={dryRun.measured}
          groups={[draft.entries, ...(draft.alternatives ?? [])]}
        />
      </Section>
      <Section title="Dry run" aside={`${dryRun.milliseconds.toFixed(0)} ms`}>
        <dl className={classes.totals}>
          <div data-zero={totals.closesNow === 0 || undefined}>
            <dd>{number(totals.closesNow)}</dd>
            <dt>{closingWords(mode, totals.closesNow)}</dt>
          </div>
          <div data-zero={totals.wouldHide === 0 || undefined}>
            <dd>{number(totals.wouldHide)}</dd>
            <dt>{`other ${totals.wouldHide === 1 ? "alert" : "alerts"} would have been hidden`}</dt>
          </div>
          <div data-zero={dryRun.eventsMatched === 0 || undefined}>
            <dd>{number(dryRun.eventsMatched)}</dd>
            <dt>of {number(dryRun.eventsTested)} stored events match</dt>
          </div>
        </dl>
        {dryRun.span !== undefined && (
          <p className={classes.soft}>
            Stored events from <Moment iso={dryRun.span.from} precision="minute" /> to{" "}
            <Moment iso={dryRun.span.to} precision="minute" />
          </p>
        )}
        {dryRun.truncationReason !== undefined && <p className={classes.soft}>{dryRun.truncationReason}</p>}
        {dryRun.perDay.length > 0 && (
          <>
            <h3 className={classes.small}>Hidden per day</h3>
            <PerDay days={dryRun.perDay} />
          </>
        )}
        <div className={classes.counts}>
          <Counts title="Hosts" items={dryRun.hosts} />
          <Counts title="Users" items={dryRun.users} />
          <Counts title="Rules" items={dryRun.rules} />
        </div>
      </Section>
      <RaisedInsteadSection items={dryRun.raisesInstead} total={totals.raisesInstead} />
      <AlertSection
        title={mode === "shadow" ? "Open alerts covered" : "Closes now"}
        alerts={dryRun.closesNow}
        total={totals.closesNow}
      />
      <AlertSection
        title="Other alerts that would have been hidden"
        alerts={dryRun.wouldHide}
        total={totals.wouldHide}
      />
      <AlertSection
        title="Alerts of other rules on the same events (not hidden)"
        alerts={dryRun.otherRules}
        total={totals.otherRules}
      />
    </>
  );
}

/** The text after a number of open alerts. */
export function closingWords(mode: ExceptionDraft["mode"], count: number): string {
  const alerts = count === 1 ? "open alert" : "open alerts";
  return mode === "shadow"
    ? `${alerts} covered; shadow mode leaves ${count === 1 ? "it" : "them"} open`
    : `${alerts} ${count === 1 ? "closes" : "close"} now`;
}

/** One bar per day; the first, last and highest day are also given as text. */
function PerDay({ days }: { readonly days: DryRun["perDay"] }) {
  const most = days.reduce((best, day) => (day.count > best.count ? day : best), { day: "", count: 0 });
  return (
    <figure className={classes.days}>
      <div className={classes.bars} aria-hidden>
        {days.map(({ day, count }) => (
          <i
            key={day}
            title={`${day}: ${number(count)}`}
            style={{ height: `${Math.max(4, (count / Math.max(1, most.count)) * 100)}%` }}
          />
        ))}
      </div>
      <figcaption>
        <span>{days[0]?.day}</span>
        <span>
          most on {most.day}: {number(most.count)}
        </span>
        <span>{days.length > 1 ? days.at(-1)?.day : ""}</span>
      </figcaption>
    </figure>
  );
}

function Counts({ title, items }: { readonly title: string; readonly items: DryRun["hosts"] }) {
  const most = Math.max(1, ...items.map((item) => item.count));
  return (
    <div>
      <h3 className={classes.small}>{title}</h3>
      {items.length === 0 ? (
        <p className={classes.soft}>None</p>
      ) : (
        <ul>
          {items.slice(0, 8).map((item) => (
            <li key={item.value} title={item.value}>
              <span>{item.value}</span>
              <strong>{number(item.count)}</strong>
              <i style={{ width: `${(item.count / most) * 100}%` }} />
            </li>
          ))}
          {items.length > 8 && <li className={classes.soft}>{number(items.length - 8)} more</li>}
        </ul>
      )}
    </div>
  );
}

function AlertSection({
  title,
  alerts,
  total,
}: {
  readonly title: string;
  readonly alerts: readonly AlertSummary[];
  readonly total: number;
}) {
  if (total === 0) {
    return null;
  }
  return (
    <Section
      title={title}
      aside={alerts.length < total ? `${number(alerts.length)} of ${number(total)}` : number(total)}
    >
      <AlertRows alerts={alerts} />
    </Section>
  );
}

export function AlertRows({
  alerts,
  because,
}: {
  readonly alerts: readonly AlertSummary[];
  readonly because?: ReadonlyMap<string, string>;
}) {
  return (
    <ul className={classes.alerts}>
      {alerts.map((alert) => (
        <li key={alert.id}>
          <p>
            <SeverityMark severity={alert.severity} word={false} />
            <TextLink to={`/alerts/${encodeURIComponent(alert.id)}`}>
              <RuleName rule={alert.rule} />
            </TextLink>
            <span className={classes.soft}>{alert.host}</span>
            {alert.user !== undefined && <span className={classes.soft}>{alert.user.name}</span>}
            <span className={classes.soft}>
              <Moment iso={alert.time} />
            </span>
            <StatusMark status={alert.status} reason={alert.closeReason} />
          </p>
          {because?.has(alert.id) === true && <p>{because.get(alert.id)}</p>}
          {alert.process.commandLine !== undefined && <CommandLine text={alert.process.commandLine} short={110} />}
        </li>
      ))}
    </ul>
  );
}
