import { useNavigate } from "react-router";
import type { AlertSummary } from "#contracts/alert";
import type { ProcessNode } from "#contracts/lineage";
import type { LogonEvent } from "#contracts/pivot";
import { absoluteTime, type TimeZoneMode, useTimeZone } from "../../ui/time.tsx";
import { alertPath, type Listed, logonWords } from "./parts.tsx";
import classes from "./pivot.module.css";

interface Mark {
  readonly key: string;
  readonly from: number;
  readonly to?: number;
  readonly label: string;
  readonly tone: "process" | "logon" | "failed" | "low" | "medium" | "high" | "critical";
  readonly open?: string;
}

interface Lane {
  readonly name: string;
  readonly marks: readonly Mark[];
  readonly total: number;
}

const number = (value: number) => value.toLocaleString("en");

const width = 1000;
const laneHeight = 26;

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const steps = [1, 5, 15, 30]
  .map((count) => count * 1000)
  .concat(
    [1, 5, 15, 30].map((count) => count * minute),
    [1, 2, 3, 6, 12].map((count) => count * hour),
    [1, 2, 7, 14, 30, 91, 365].map((count) => count * day),
  );

/** At most six round times within the span, in epoch milliseconds; the last leaves room for its label. */
function roundTicks(first: number, span: number): readonly number[] {
  const step = steps.find((size) => span / size <= 6) ?? span;
  const start = Math.ceil(first / step) * step;
  return Array.from({ length: 7 }, (_, index) => start + index * step).filter((tick) => tick <= first + span * 0.94);
}

function tickText(tick: number, span: number, mode: TimeZoneMode): string {
  const iso = new Date(tick).toISOString();
  if (span > 6 * day) {
    return absoluteTime(iso, mode, "minute").slice(0, 10);
  }
  return absoluteTime(iso, mode, span < 6 * minute ? "second" : "minute").slice(span > day ? 5 : 11);
}

function lanesOf(
  logons: Listed<LogonEvent>,
  processes: Listed<ProcessNode>,
  alerts: Listed<AlertSummary>,
): readonly Lane[] {
  return [
    {
      name: "Logons",
      total: logons.total,
      marks: logons.items.map((logon) => ({
        key: logon.id,
        from: Date.parse(logon.time),
        label: `${logonWords[logon.kind]} ${logon.user?.name ?? ""}`,
        tone: logon.kind === "failed" ? "failed" : "logon",
      })),
    },
    {
      name: "Processes",
      total: processes.total,
      marks: processes.items.flatMap((process) =>
        process.start === undefined
          ? []
          : [
              {
                key: process.key,
                from: Date.parse(process.start),
                to: process.end === undefined ? undefined : Date.parse(process.end),
                label: process.name ?? "unknown",
                tone: "process" as const,
              },
            ],
      ),
    },
    {
      name: "Alerts",
      total: alerts.total,
      marks: alerts.items.map((alert) => ({
        key: alert.id,
        from: Date.parse(alert.time),
        label: alert.rule.name,
        tone: alert.severity,
        open: alertPath(alert.id),
      })),
    },
  ];
}

/** Swim lanes of logons, processes and alerts. The tables below are their accessible equivalent. */
export function Lanes({
  logons,
  processes,
  alerts,
}: {
  readonly logons: Listed<LogonEvent>;
  readonly processes: Listed<ProcessNode>;
  readonly alerts: Listed<AlertSummary>;
}) {
  const navigate = useNavigate();
  const { mode } = useTimeZone();
  const lanes = lanesOf(logons, processes, alerts);
  const times = lanes.flatMap(({ marks }) => marks.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to])));
  if (times.length === 0) {
    return <p className={classes.none}>No activity with a timestamp.</p>;
  }
  const first = times.reduce((a, b) => Math.min(a, b));
  const span = Math.max(1000, times.reduce((a, b) => Math.max(a, b)) - first);
  const at = (time: number) => ((time - first) / span) * (width - 4) + 2;
  const ticks = roundTicks(first, span);
  return (
    <figure className={classes.lanes} aria-label="Logons, processes and alerts over time">
      {lanes.map((lane) => (
        <div key={lane.name} className={classes.lane}>
          <span className={classes.laneName}>
            {lane.name}
            <small>
              {lane.marks.length < lane.total
                ? `${number(lane.marks.length)} of ${number(lane.total)}`
                : number(lane.total)}
            </small>
          </span>
          <svg viewBox={`0 0 ${width} ${laneHeight}`} preserveAspectRatio="none" role="presentation">
            {lane.marks.map((mark) => (
              // biome-ignore lint/a11y/noStaticElementInteractions: the tables below are the accessible equivalent.
              <rect
                key={mark.key}
                className={classes[mark.tone]}
                x={at(mark.from)}
                y={lane.name === "Processes" ? 8 : 4}
                width={Math.max(2.4, mark.to === undefined ? 2.4 : at(mark.to) - at(mark.from))}
                height={lane.name === "Processes" ? 10 : 18}
                rx="1"
                onClick={() => mark.open !== undefined && void navigate(mark.open)}
              >
                <title>{`${mark.label} · ${absoluteTime(new Date(mark.from).toISOString(), mode)}`}</title>
              </rect>
            ))}
          </svg>
        </div>
      ))}
      <div className={classes.ticks} aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ left: `${(at(tick) / width) * 100}%` }}>
            {tickText(tick, span, mode)}
          </span>
        ))}
      </div>
    </figure>
  );
}
