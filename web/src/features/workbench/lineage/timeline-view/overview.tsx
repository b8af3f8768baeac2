import { useElementSize, useMergedRef } from "@mantine/hooks";
import { type KeyboardEvent, type RefObject, useEffect, useRef } from "react";
import type { TimelineEvent } from "#contracts/timeline";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { absoluteTime, duration, useTimeZone } from "../../../../ui/time.tsx";
import { useBrush } from "../../../../ui/use-brush.ts";
import { shortHost } from "../labels.ts";
import type { TimeSpan } from "../view-state.ts";
import type { Lane } from "./lanes.ts";
import classes from "./overview.module.css";
import { panned, shareOf, ticksOf, zoomed } from "./scale.ts";

const tickWidth = 76;
const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

interface OverviewProps {
  readonly lanes: readonly Lane[];
  readonly span: TimeSpan;
  readonly limits: TimeSpan;
  readonly alertId: string;
  readonly setSpan: (span: TimeSpan | undefined) => void;
  readonly show: (event: TimelineEvent) => void;
}

/**
 * A lane for each host: how many events there are when, and the events of alerts. The wheel zooms, a drag selects a
 * time, and the keys do both. The list below has the same events for those who cannot see it.
 */
export function Overview({ lanes, span, limits, alertId, setSpan, show }: OverviewProps) {
  const { mode } = useTimeZone();
  const area = useRef<HTMLDivElement>(null);
  const { ref: measured, width } = useElementSize<HTMLDivElement>();
  const ref = useMergedRef(area, measured);
  useWheel(area, span, limits, setSpan);
  const drag = useBrush(span, setSpan);
  const { step, at } = ticksOf(span, Math.max(2, Math.floor(width / tickWidth)));
  const precision = step >= 60_000 ? "minute" : step >= 1000 ? "second" : "millisecond";
  const label = (time: number, exact: typeof precision) => absoluteTime(new Date(time).toISOString(), mode, exact);
  const text = `${label(span.from, "second")} to ${label(span.to, "second")}, ${duration(span.to - span.from)}`;
  return (
    <div className={classes.overview} data-many={lanes.length > 3 || undefined}>
      <div className={classes.names}>
        {lanes.map((lane) => (
          <span key={lane.host} title={`${lane.host}: ${lane.count.toLocaleString("en")} events`}>
            <VisibleText text={shortHost(lane.host)} />
          </span>
        ))}
      </div>
      <div ref={ref} className={classes.area}>
        <div
          className={classes.handle}
          role="slider"
          tabIndex={0}
          aria-label="Time that is shown"
          aria-description="Arrow keys move, plus and minus zoom, 0 shows the time of the incident, Home everything"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(shareOf(span.from, limits) * 100)}
          aria-valuetext={text}
          onKeyDown={(event) => onKey(event, span, limits, setSpan)}
          {...drag.handlers}
        />
        <div className={classes.axis} aria-hidden>
          {at.map((tick) => (
            <span key={tick} style={{ left: percent(shareOf(tick, span)) }}>
              {label(tick, precision).slice(step >= 86_400_000 ? 5 : 11, step >= 86_400_000 ? 10 : undefined)}
            </span>
          ))}
        </div>
        {lanes.map((lane) => (
          <LaneOfHost key={lane.host} lane={lane} alertId={alertId} show={show} />
        ))}
        {drag.selected !== undefined && (
          <div
            className={classes.selection}
            aria-hidden
            style={{ left: percent(drag.selected.from), width: percent(drag.selected.to - drag.selected.from) }}
          />
        )}
      </div>
    </div>
  );
}

function LaneOfHost({ lane, alertId, show }: { readonly lane: Lane } & Pick<OverviewProps, "alertId" | "show">) {
  return (
    <div className={classes.lane}>
      <svg className={classes.bars} viewBox="0 0 1000 22" preserveAspectRatio="none" aria-hidden="true">
        {lane.bars.map((bar) => (
          <rect
            key={bar.left}
            x={bar.left * 1000}
            y={22 - Math.max(3, bar.height * 20)}
            width={Math.max(1.2, bar.width * 1000 - 0.4)}
            height={Math.max(3, bar.height * 20)}
          />
        ))}
      </svg>
      {lane.marks.map(({ at, event }) => {
        const own = event.alerts.some(({ id }) => id === alertId);
        const names = event.alerts.map(({ ruleName }) => ruleName).join(", ");
        return (
          <button
            key={event.id}
            type="button"
            tabIndex={-1}
            aria-hidden
            className={classes.mark}
            data-own={own || undefined}
            data-tone={event.alerts.some(({ severity }) => /high|critical/.test(severity)) ? "high" : "medium"}
            style={{ left: percent(at) }}
            title={`${own ? "This alert: " : ""}${names}\n${event.time} ${event.summary}`}
            onClick={() => show(event)}
          />
        );
      })}
    </div>
  );
}

function onKey(
  event: KeyboardEvent,
  span: TimeSpan,
  limits: TimeSpan,
  setSpan: (span: TimeSpan | undefined) => void,
): void {
  const next = spanAfterKey(event.key, span, limits);
  if (next !== "none") {
    event.preventDefault();
    event.stopPropagation();
    setSpan(next);
  }
}

function spanAfterKey(key: string, span: TimeSpan, limits: TimeSpan): TimeSpan | undefined | "none" {
  switch (key) {
    case "+":
    case "=":
    case "ArrowUp":
      return zoomed(span, 0.5, 0.5, limits);
    case "-":
    case "ArrowDown":
      return zoomed(span, 2, 0.5, limits);
    case "ArrowLeft":
      return panned(span, -0.25, limits);
    case "ArrowRight":
      return panned(span, 0.25, limits);
    case "Home":
      return limits;
    case "0":
    case "Escape":
      return undefined;
    default:
      return "none";
  }
}

/** The wheel zooms around the pointer; with shift, or sideways, it moves. Not a React handler: those are passive. */
function useWheel(
  area: RefObject<HTMLDivElement | null>,
  span: TimeSpan,
  limits: TimeSpan,
  setSpan: (span: TimeSpan | undefined) => void,
): void {
  const latest = useRef({ span, limits, setSpan });
  latest.current = { span, limits, setSpan };
  useEffect(() => {
    const element = area.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { span: now, limits: within, setSpan: set } = latest.current;
      const { left, width } =
        event.currentTarget instanceof Element ? event.currentTarget.getBoundingClientRect() : { left: 0, width: 1 };
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      set(
        Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)
          ? panned(now, Math.sign(sideways) * 0.1, within)
          : zoomed(
              now,
              event.deltaY > 0 ? 1.25 : 0.8,
              Math.min(1, Math.max(0, (event.clientX - left) / width)),
              within,
            ),
      );
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, [area]);
}
