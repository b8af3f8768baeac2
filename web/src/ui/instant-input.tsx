import classes from "./instant-input.module.css";
import { absoluteTime, useTimeZone } from "./time.tsx";

/** A point in time, typed in the zone that the whole app shows. `step` is in seconds. */
export function InstantInput({
  label,
  iso,
  step = 1,
  change,
}: {
  readonly label: string;
  readonly iso: string | undefined;
  readonly step?: 1 | 60;
  /** Undefined: what is typed is no time yet. */
  readonly change: (iso: string | undefined) => void;
}) {
  const { mode } = useTimeZone();
  const precision = step === 60 ? "minute" : "second";
  return (
    <input
      type="datetime-local"
      step={step}
      aria-label={label}
      className={classes.instant}
      value={iso === undefined ? "" : absoluteTime(iso, mode, precision).replace(" ", "T")}
      onChange={(event) => {
        const written = event.currentTarget.value;
        // Seconds are left out where they are zero.
        const instant = new Date(mode === "utc" ? `${written}Z` : written);
        change(written !== "" && !Number.isNaN(instant.getTime()) ? instant.toISOString() : undefined);
      }}
    />
  );
}

/** The zone that such inputs are typed in. */
export function ZoneName() {
  const { mode } = useTimeZone();
  return <span className={classes.zone}>{mode === "utc" ? "UTC" : `local time (${localZone()})`}</span>;
}

/** The time zone of the browser, such as `Europe/Berlin`. */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
