import type { ShiftPerson, ShiftReport, TimeToTriage } from "#contracts/shift-report";
import { VisibleText } from "../../ui/command-line.tsx";
import { SeverityMark, StatusMark, VerdictMark } from "../../ui/marks.tsx";
import { Section, Table, TextLink } from "../../ui/page.tsx";
import { duration, Moment } from "../../ui/time.tsx";
import classes from "./report.module.css";
import { count, number } from "./summary.tsx";

/** Rows of a table before it is expanded. */
const FIRST = 12;

interface Of {
  readonly report: ShiftReport;
}

/** Incidents that the next shift takes over. */
export function HandedOver({ report: { handedOver } }: Of) {
  return (
    <Section title="Handed over" aside="escalated or assigned, and not closed at the end">
      <Table
        label="Incidents handed over"
        rows={handedOver.items}
        total={handedOver.total}
        truncationReason={handedOver.truncationReason}
        keyOf={({ key }) => key}
        empty="No open incident is escalated or assigned."
        first={FIRST}
        cards
        columns={[
          { title: "Severity", cell: ({ severity }) => <SeverityMark severity={severity} /> },
          {
            title: "Incident",
            wide: true,
            cell: ({ key, title }) => (
              <TextLink to={`/incidents/${encodeURIComponent(key)}`}>
                <VisibleText text={title} />
              </TextLink>
            ),
          },
          { title: "Status", cell: ({ status }) => <StatusMark status={status} /> },
          {
            title: "Assignee",
            cell: ({ assignee }) => (assignee === undefined ? "Nobody" : <VisibleText text={assignee} />),
          },
          { title: "Open alerts", numeric: true, cell: ({ alerts }) => number(alerts) },
          { title: "Open since", cell: ({ since }) => <Moment iso={since} precision="minute" /> },
          {
            title: "Left to answer",
            numeric: true,
            cell: ({ left }) =>
              left === undefined ? "unknown" : `${number(left.required - left.answered)} of ${number(left.required)}`,
          },
          { title: "Verdict so far", cell: ({ left }) => left && <VerdictMark outcome={left.outcome} /> },
        ]}
      />
    </Section>
  );
}

const words = (name: string) => `${name.slice(0, 1).toUpperCase()}${name.slice(1).replace("-", " ")}`;

export function Closings({ report: { closed } }: Of) {
  const rows = [
    ...closed.byReason.map((one) => ({
      ...one,
      as: one.reason === undefined ? "No reason recorded" : words(one.reason),
    })),
    ...closed.byVerdict.map((one) => ({
      ...one,
      as: one.verdict === undefined ? "Verdict: none" : `Verdict: ${one.verdict}`,
    })),
  ];
  return (
    <Section title="Closed" aside="by reason, and by the verdict of the playbook">
      <Table
        label="Closings"
        rows={rows}
        keyOf={({ as }) => as}
        empty="Nothing was closed in this time."
        columns={[
          { title: "Closed as", wide: true, cell: ({ as }) => as },
          { title: "Alerts", numeric: true, cell: ({ alerts }) => number(alerts) },
          { title: "Incidents", numeric: true, cell: ({ incidents }) => number(incidents) },
        ]}
      />
      {closed.againstVerdict > 0 && (
        <p className={classes.note}>{count(closed.againstVerdict, "alert")} closed against the verdict.</p>
      )}
    </Section>
  );
}

export function TriageTimes({ report: { triage } }: Of) {
  const time = (value: number | undefined) => (value === undefined ? "–" : duration(value));
  const rows: readonly (TimeToTriage & { readonly what: string })[] = [
    { what: "Alerts", ...triage.alerts },
    { what: "New incidents", ...triage.incidents },
  ];
  return (
    <Section title="Time to triage" aside="of what was raised in the range">
      <Table
        label="Time to triage"
        rows={rows}
        keyOf={({ what }) => what}
        empty=""
        columns={[
          { title: "What", wide: true, cell: ({ what }) => what },
          { title: "Raised", numeric: true, cell: (one) => number(one.count) },
          { title: "Acted on", numeric: true, cell: ({ acted }) => number(acted) },
          { title: "Median", numeric: true, cell: ({ median }) => time(median) },
          { title: "90 % within", numeric: true, cell: ({ p90 }) => time(p90) },
          { title: "Waiting", numeric: true, cell: ({ waiting }) => number(waiting) },
          { title: "Closed without a person", numeric: true, cell: ({ automatic }) => number(automatic) },
        ]}
      />
      <p className={classes.note}>
        From being raised to the first act of a person: a change of status, an answer, or work on the incident.
      </p>
    </Section>
  );
}

export function Rules({ report: { rules } }: Of) {
  return (
    <Section title="Noisiest rules" aside={count(rules.total, "rule")}>
      <Table
        label="Noisiest rules"
        rows={rules.items}
        total={rules.total}
        truncationReason={rules.truncationReason}
        keyOf={({ id }) => id}
        empty="No rule raised an alert, and no alert was closed."
        first={FIRST}
        columns={[
          { title: "Severity", cell: ({ severity }) => <SeverityMark severity={severity} /> },
          {
            title: "Rule",
            wide: true,
            cell: ({ id, name }) => (
              <TextLink to={`/rules/${encodeURIComponent(id)}`}>
                <VisibleText text={name} />
              </TextLink>
            ),
          },
          { title: "Alerts", numeric: true, cell: ({ raised }) => number(raised) },
          { title: "Incidents", numeric: true, cell: ({ incidents }) => number(incidents) },
          {
            title: "False positives",
            numeric: true,
            cell: ({ closed: { total, falsePositive } }) =>
              total === 0
                ? "none closed"
                : `${number(falsePositive)} of ${number(total)} closed (${Math.round((100 * falsePositive) / total)} %)`,
          },
        ]}
      />
    </Section>
  );
}

export function Exceptions({ report: { exceptions } }: Of) {
  return (
    <Section title="Exceptions saved">
      <Table
        label="Exceptions saved"
        rows={exceptions}
        keyOf={({ id }) => id}
        empty="No exception was saved in this time."
        first={FIRST}
        columns={[
          {
            title: "Exception",
            wide: true,
            cell: ({ id, name }) => (
              <TextLink to={`/exceptions/${encodeURIComponent(id)}`}>
                <VisibleText text={name} />
              </TextLink>
            ),
          },
          { title: "Mode", cell: ({ mode, disabled }) => (disabled ? `${mode}, disabled` : mode) },
          { title: "Saved", cell: ({ at }) => <Moment iso={at} precision="minute" /> },
          { title: "By", cell: ({ actor }) => <VisibleText text={actor} /> },
          { title: "Applies to", cell: ({ rules }) => <VisibleText text={rules} /> },
          { title: "Hits", numeric: true, cell: ({ hits }) => number(hits) },
        ]}
      />
    </Section>
  );
}

export function People({ people }: { readonly people: readonly ShiftPerson[] }) {
  return (
    <Section title="People" aside="counts of audit records: an answer counts once per alert that it is for">
      <Table
        label="People"
        rows={people}
        keyOf={({ name }) => name}
        empty="Nobody changed anything in this time."
        columns={[
          { title: "Name", wide: true, cell: ({ name }) => <VisibleText text={name} /> },
          { title: "Answers", numeric: true, cell: ({ answers }) => number(answers) },
          { title: "Closed", numeric: true, cell: ({ closed }) => number(closed) },
          { title: "Escalated", numeric: true, cell: ({ escalated }) => number(escalated) },
          { title: "Acknowledged or reopened", numeric: true, cell: ({ otherStatus }) => number(otherStatus) },
          { title: "Incident changes", numeric: true, cell: ({ incidentChanges }) => number(incidentChanges) },
          { title: "Exceptions", numeric: true, cell: ({ exceptions }) => number(exceptions) },
        ]}
      />
    </Section>
  );
}
