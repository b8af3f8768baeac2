import type { ShiftReport } from "#contracts/shift-report";
import classes from "./report.module.css";

export const number = (value: number) => value.toLocaleString("en");
export const count = (value: number, one: string) => `${number(value)} ${value === 1 ? one : `${one}s`}`;

/** The figures of the shift, in alerts and incidents. */
export function Summary({ report }: { readonly report: ShiftReport }) {
  const { opened, closed, escalated, reopened, open } = report;
  const inIncidents = (incidents: number) => `in ${count(incidents, "incident")}`;
  const figures = [
    ["Opened", opened.alerts, `${inIncidents(opened.incidents)}, ${number(opened.newIncidents)} new`],
    ["Closed", closed.alerts, `${count(closed.incidents, "incident")} left without open alerts`],
    ["Escalated", escalated.alerts, inIncidents(escalated.incidents)],
    ["Reopened", reopened.alerts, inIncidents(reopened.incidents)],
    ["Open at the end", open.alerts, inIncidents(open.incidents)],
  ] as const;
  return (
    <dl className={classes.figures}>
      {figures.map(([name, alerts, about]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <strong>{number(alerts)}</strong> {alerts === 1 ? "alert" : "alerts"}
            <small>{about}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}
