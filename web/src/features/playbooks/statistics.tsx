import { Button, SegmentedControl } from "@mantine/core";
import { useSearchParams } from "react-router";
import { type PlaybookStatistics, type StatisticsPeriod, statisticsPeriod } from "#contracts/playbook-statistics";
import { useRoute } from "../../api/queries.ts";
import { closeReasonWord } from "../../ui/close-reasons.ts";
import { Section } from "../../ui/page.tsx";
import { absoluteTime, duration } from "../../ui/time.tsx";
import { LoadedWork } from "../../ui/work-progress.tsx";
import classes from "./statistics.module.css";
import { FormerSteps, StepTable } from "./statistics-table.tsx";

const periods: readonly { readonly value: StatisticsPeriod; readonly label: string; readonly words: string }[] = [
  { value: "30d", label: "30 days", words: "in the last 30 days" },
  { value: "90d", label: "90 days", words: "in the last 90 days" },
  { value: "365d", label: "365 days", words: "in the last 365 days" },
  { value: "all", label: "All", words: "so far" },
];
const usual: StatisticsPeriod = "90d";

/** Milliseconds: reading it again takes long, and it changes slowly. */
const FRESH = 5 * 60_000;

const number = (value: number) => value.toLocaleString("en");
const counted = (value: number, one: string) => `${number(value)} ${value === 1 ? one : `${one}s`}`;

/** What became of a playbook's steps on the alerts that were worked through with it. */
export function Statistics({ playbook }: { readonly playbook: string }) {
  const [search, setSearch] = useSearchParams();
  const given = statisticsPeriod.safeParse(search.get("period"));
  const period = given.success ? given.data : usual;
  const choose = (next: string) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (next === usual) {
        after.delete("period");
      } else {
        after.set("period", next);
      }
      return after;
    });
  const query = useRoute("playbookStatistics", { params: { playbook }, query: { period } }, { freshFor: FRESH });
  return (
    <Section title="Statistics" aside="what became of the steps">
      <SegmentedControl
        size="xs"
        className={classes.period}
        aria-label="Answers given"
        value={period}
        onChange={choose}
        data={periods.map(({ value, label }) => ({ value, label }))}
      />
      <LoadedWork query={query} route="playbookStatistics" label="Reading the answers" rows={3}>
        {(data) => (
          <>
            {data.truncated && <Truncated from={data.from} />}
            {data.alerts.walked === 0 ? <Nothing period={period} choose={choose} /> : <Shown statistics={data} />}
          </>
        )}
      </LoadedWork>
    </Section>
  );
}

function Truncated({ from }: { readonly from: string | undefined }) {
  return (
    <p className={classes.truncated} role="status">
      {`Only the newest alerts are counted, those answered since ${
        from === undefined ? "an unknown time" : absoluteTime(from, "utc", "minute")
      } UTC: there are too many to read them all.`}
    </p>
  );
}

/** One line, as most playbooks are rarely needed and their steps are below. */
function Nothing({ period, choose }: { readonly period: StatisticsPeriod; readonly choose: (next: string) => void }) {
  const isAll = period === "all";
  const words = periods.find(({ value }) => value === period)?.words ?? "";
  return (
    <div className={classes.nothing} role="status">
      <strong>
        {isAll ? "No alert has been worked through with it yet" : "No alert was worked through with it in this time"}
      </strong>
      <span>
        {isAll
          ? "Answers that analysts record to its steps are counted here."
          : `Nobody recorded an answer to one of its steps ${words}.`}
      </span>
      {!isAll && (
        <Button size="compact-xs" variant="default" onClick={() => choose("all")}>
          Show all
        </Button>
      )}
    </div>
  );
}

function Shown({ statistics }: { readonly statistics: PlaybookStatistics }) {
  return (
    <>
      <p className={classes.summary}>{sentencesOf(statistics)}</p>
      <StepTable steps={statistics.steps} />
      {statistics.former.length > 0 && <FormerSteps steps={statistics.former} />}
      <Definitions />
    </>
  );
}

function sentencesOf({ period, alerts }: PlaybookStatistics): string {
  const { walked, open, closed, verdicts, overridden, secondAnalyst, otherPlaybook, walk } = alerts;
  const words = periods.find(({ value }) => value === period)?.words ?? "";
  const list = (parts: readonly string[]) => parts.join(", ");
  return [
    `${counted(walked, "alert")} worked through ${words}: ${number(open)} open, ${number(walked - open)} closed` +
      (closed.length === 0
        ? "."
        : ` (${list(closed.map(({ reason, count }) => `${number(count)} ${closeReasonWord(reason)}`))}).`),
    verdicts.length === 0
      ? ""
      : `Their verdicts: ${list(verdicts.map(({ outcome, count }) => `${number(count)} ${outcome}`))}.`,
    walked === open ? "" : `${number(overridden)} closed against the verdict.`,
    secondAnalyst.closed === 0
      ? ""
      : `${number(secondAnalyst.closed)} closed by a second analyst, who gave none of the answers${
          secondAnalyst.overridden === 0 ? "" : `; ${number(secondAnalyst.overridden)} of these against the verdict`
        }.`,
    walk.median === undefined
      ? ""
      : `From the first to the last answer: ${duration(walk.median)} in the median (${counted(walk.measured, "alert")}).`,
    otherPlaybook === 0 ? "" : `${counted(otherPlaybook, "alert")} got another playbook since.`,
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

/** Says in words what each figure is, as docs/decisions/0078 defines it. */
function Definitions() {
  return (
    <details className={classes.definitions}>
      <summary>How this is counted</summary>
      <dl>
        <dt>Answered</dt>
        <dd>
          Alerts with an answer recorded under this playbook, of those that were asked. A step can also be answered at
          another alert of the incident that asks the same. Alerts that were worked through with another version count
          only where there is an answer.
        </dd>
        <dt>Answers</dt>
        <dd>The latest one for each alert.</dd>
        <dt>Against the evidence</dt>
        <dd>
          Answers that contradict what the checks suggested, and answers that lower concern although data was missing.
        </dd>
        <dt>Decided</dt>
        <dd>
          Closed alerts whose verdict would be another one if the playbook did not have the step. Where several steps
          say the same, none of them decides alone. Verdicts are those of the present steps.
        </dd>
        <dt>Time</dt>
        <dd>
          From what the same person recorded before on the alert or its incident, such as taking it or another answer,
          to the answer. Pauses of more than 30 minutes are interruptions and are left out. Answers that follow nothing
          have no time. An answer for several alerts of an incident is timed once.
        </dd>
        <dt>Agreement</dt>
        <dd>
          Each answer is compared with the latest earlier one by another person for an alert that is exactly the same:
          same rule, command line, payload, object, parent and account.
        </dd>
      </dl>
    </details>
  );
}
