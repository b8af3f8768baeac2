import { type KeyboardEvent, useState } from "react";
import { absoluteTime, useTimeZone } from "../../ui/time.tsx";
import { spanBetween, useBrush } from "../../ui/use-brush.ts";
import classes from "./histogram.module.css";

export interface Bar {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

const iso = (time: number) => new Date(time).toISOString();
const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

/**
 * Alerts over time. A drag shows only the alerts of that time; a click those of one bar. By keys: the two handles at
 * the ends of the axis, then Enter. Escape shows all times again.
 */
export function Histogram({
  bars,
  isLimited,
  choose,
}: {
  readonly bars: readonly Bar[];
  /** Whether a time was chosen, which Escape removes. */
  readonly isLimited: boolean;
  readonly choose: (from?: string, to?: string) => void;
}) {
  const { mode } = useTimeZone();
  const [handles, setHandles] = useState({ from: 0, to: 1 });
  const highest = Math.max(1, ...bars.map((bar) => bar.count));
  const span = { from: Date.parse(bars[0]?.from ?? ""), to: Date.parse(bars.at(-1)?.to ?? "") };
  const brush = useBrush(
    span,
    ({ from, to }) => choose(iso(from), iso(to)),
    (share) => {
      const bar = bars[Math.min(bars.length - 1, Math.floor(share * bars.length))];
      choose(bar?.from, bar?.to);
    },
  );
  const isMoved = handles.from > 0 || handles.to < 1;
  const selected = brush.selected ?? (isMoved ? handles : undefined);
  const chosen = selected === undefined ? undefined : spanBetween(selected.from, selected.to, span);
  const label = (time: number) => absoluteTime(iso(time), mode, "minute");
  const onKey = (event: KeyboardEvent, end: "from" | "to") => {
    const step = 1 / Math.max(1, bars.length);
    const moved = handlesAfterKey(event.key, handles, end, step);
    if (moved !== undefined) {
      setHandles(moved);
    } else if (event.key === "Enter" && isMoved && chosen !== undefined) {
      setHandles({ from: 0, to: 1 });
      choose(iso(chosen.from), iso(chosen.to));
    } else if (event.key === "Escape" && (isMoved || isLimited)) {
      setHandles({ from: 0, to: 1 });
      if (!isMoved) {
        choose();
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  if (bars.length === 0) {
    return <div className={classes.chart} />;
  }
  return (
    <fieldset className={classes.chart} aria-label="Alerts over time">
      <div className={classes.bars} title="Drag to show only the alerts of a part of the time" {...brush.handlers}>
        {bars.map((bar, at) => {
          const isChosen =
            selected !== undefined && at / bars.length < selected.to && (at + 1) / bars.length > selected.from;
          return (
            <svg
              key={bar.from}
              className={classes.bar}
              viewBox="0 0 10 30"
              preserveAspectRatio="none"
              data-chosen={isChosen || undefined}
              role="img"
              aria-label={`${bar.count.toLocaleString("en")} ${bar.count === 1 ? "alert" : "alerts"} from ${absoluteTime(bar.from, mode, "minute")}`}
            >
              <title>{`${absoluteTime(bar.from, mode, "minute")}: ${bar.count.toLocaleString("en")}`}</title>
              <rect
                x="1"
                width="8"
                y={30 - Math.max(bar.count > 0 ? 2 : 0.6, (bar.count / highest) * 30)}
                height="30"
              />
            </svg>
          );
        })}
        {selected !== undefined && (
          <div
            className={classes.selection}
            aria-hidden
            style={{ left: percent(selected.from), width: percent(selected.to - selected.from) }}
          />
        )}
      </div>
      {(["from", "to"] as const).map((end) => (
        <button
          key={end}
          type="button"
          className={classes.handle}
          role="slider"
          style={{ left: percent(handles[end]) }}
          data-end={end}
          aria-label={end === "from" ? "Beginning of the time shown" : "End of the time shown"}
          aria-description="Up and down move it by one bar, Enter shows the alerts of that time, Escape all"
          aria-valuemin={0}
          aria-valuemax={bars.length}
          aria-valuenow={Math.round(handles[end] * bars.length)}
          aria-valuetext={label(span.from + handles[end] * (span.to - span.from))}
          onKeyDown={(event) => onKey(event, end)}
        />
      ))}
      <p className={classes.axis} aria-hidden>
        <span>{label(span.from)}</span>
        <span>
          {chosen === undefined
            ? `highest ${highest.toLocaleString("en")}`
            : `${label(chosen.from)} to ${label(chosen.to)}`}
        </span>
        <span>{label(span.to)}</span>
      </p>
    </fieldset>
  );
}

/**
 * The handles after a key on one of them; undefined for a key that moves none: left and right lead on to the next
 * control of the header. One bar stays between the handles.
 */
export function handlesAfterKey(
  key: string,
  handles: { readonly from: number; readonly to: number },
  end: "from" | "to",
  step: number,
): { readonly from: number; readonly to: number } | undefined {
  if (key !== "ArrowUp" && key !== "ArrowDown") {
    return undefined;
  }
  const target = handles[end] + (key === "ArrowUp" ? step : -step);
  return end === "from"
    ? { ...handles, from: Math.max(0, Math.min(target, handles.to - step)) }
    : { ...handles, to: Math.min(1, Math.max(target, handles.from + step)) };
}
