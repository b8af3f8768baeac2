import { useState } from "react";
import { absoluteTime, useTimeZone } from "../../ui/time.tsx";
import classes from "./queue.module.css";

export interface Bar {
  readonly from: string;
  readonly to: string;
  readonly count: number;
}

/** Alerts over time; drag over it, or press Enter on a bar, to filter by time. */
export function Histogram({
  bars,
  choose,
}: {
  readonly bars: readonly Bar[];
  readonly choose: (from: string, to: string) => void;
}) {
  const { mode } = useTimeZone();
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>();
  const highest = Math.max(1, ...bars.map((bar) => bar.count));
  const chosen = (at: number) =>
    drag !== undefined && at >= Math.min(drag.from, drag.to) && at <= Math.max(drag.from, drag.to);
  const finish = () => {
    const first = drag === undefined ? undefined : bars[Math.min(drag.from, drag.to)];
    const last = drag === undefined ? undefined : bars[Math.max(drag.from, drag.to)];
    setDrag(undefined);
    if (first !== undefined && last !== undefined) {
      choose(first.from, last.to);
    }
  };
  return (
    <div className={classes.chart}>
      <fieldset className={classes.histogram} aria-label="Alerts over time" onMouseLeave={() => setDrag(undefined)}>
        {bars.map((bar, at) => (
          <button
            key={bar.from}
            type="button"
            className={classes.bar}
            data-chosen={chosen(at) || undefined}
            title={`${absoluteTime(bar.from, mode, "minute")}: ${bar.count.toLocaleString("en")}`}
            aria-label={`${bar.count.toLocaleString("en")} ${bar.count === 1 ? "alert" : "alerts"} from ${absoluteTime(bar.from, mode, "minute")}`}
            data-skip={bar.count === 0 || undefined}
            onMouseDown={() => setDrag({ from: at, to: at })}
            onMouseEnter={() => setDrag((before) => (before === undefined ? undefined : { ...before, to: at }))}
            onMouseUp={finish}
            onKeyDown={(event) => {
              if (event.key === "Enter") {
                choose(bar.from, bar.to);
              }
            }}
          >
            <svg viewBox="0 0 10 30" preserveAspectRatio="none" aria-hidden="true">
              <rect
                x="1"
                width="8"
                y={30 - Math.max(bar.count > 0 ? 2 : 0.6, (bar.count / highest) * 30)}
                height="30"
              />
            </svg>
          </button>
        ))}
      </fieldset>
      {bars.length > 0 && (
        <p className={classes.axis} aria-hidden>
          <span>{absoluteTime(bars[0]?.from ?? "", mode, "minute")}</span>
          <span>{`highest ${highest.toLocaleString("en")}`}</span>
          <span>{absoluteTime(bars.at(-1)?.to ?? "", mode, "minute")}</span>
        </p>
      )}
    </div>
  );
}
