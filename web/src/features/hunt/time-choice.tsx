import { SegmentedControl } from "@mantine/core";
import { absoluteTime, useTimeZone } from "../../ui/time.tsx";
import classes from "./hunt.module.css";
import { isSpan, type TimeChoice } from "./url.ts";

const choices = [
  { value: "all", label: "All time" },
  { value: "1h", label: "1 h" },
  { value: "24h", label: "24 h" },
  { value: "7d", label: "7 days" },
  { value: "30d", label: "30 days" },
  { value: "between", label: "Between…" },
];

/** Presets, or two points in time in the zone that the whole app shows. */
export function TimeRange({
  time,
  choose,
}: {
  readonly time: TimeChoice;
  readonly choose: (time: TimeChoice) => void;
}) {
  const { mode } = useTimeZone();
  const between = time.kind === "between" ? time : { kind: "between" as const };
  const edge = (name: "from" | "to", label: string) => (
    <input
      type="datetime-local"
      step={1}
      aria-label={label}
      className={classes.instant}
      value={between[name] === undefined ? "" : absoluteTime(between[name], mode).replace(" ", "T")}
      onChange={(event) => {
        const { [name]: _, ...other } = between;
        const written = event.currentTarget.value;
        // Seconds are left out where they are zero.
        const instant = new Date(mode === "utc" ? `${written}Z` : written);
        const isTime = written !== "" && !Number.isNaN(instant.getTime());
        choose(isTime ? { ...other, [name]: instant.toISOString() } : other);
      }}
    />
  );
  return (
    <div className={classes.times}>
      <SegmentedControl
        size="xs"
        aria-label="Time range"
        value={time.kind === "last" ? time.span : time.kind}
        onChange={(value) =>
          choose(isSpan(value) ? { kind: "last", span: value } : { kind: value === "between" ? "between" : "all" })
        }
        data={choices}
      />
      {time.kind === "between" && (
        <span className={classes.instants}>
          {edge("from", "From")}
          <span aria-hidden>–</span>
          {edge("to", "To")}
          <span>{mode === "utc" ? "UTC" : "local time"}</span>
        </span>
      )}
    </div>
  );
}
