import { SegmentedControl } from "@mantine/core";
import { InstantInput, ZoneName } from "../../ui/instant-input.tsx";
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
  const between = time.kind === "between" ? time : { kind: "between" as const };
  const edge = (name: "from" | "to", label: string) => (
    <InstantInput
      label={label}
      iso={between[name]}
      change={(iso) => {
        const { [name]: _, ...other } = between;
        choose(iso === undefined ? other : { ...other, [name]: iso });
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
          <ZoneName />
        </span>
      )}
    </div>
  );
}
