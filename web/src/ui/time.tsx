import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

export type TimeZoneMode = "utc" | "local";

interface TimeSettings {
  readonly mode: TimeZoneMode;
  readonly setMode: (mode: TimeZoneMode) => void;
}

const TimeContext = createContext<TimeSettings>({ mode: "utc", setMode: () => undefined });
const storageKey = "stemma.time";

/** The global switch between UTC and browser time. */
export function TimeProvider({ children }: { readonly children: ReactNode }) {
  const [mode, keep] = useState<TimeZoneMode>(() => (localStorage.getItem(storageKey) === "local" ? "local" : "utc"));
  const value = useMemo(
    () => ({
      mode,
      setMode: (next: TimeZoneMode) => {
        localStorage.setItem(storageKey, next);
        keep(next);
      },
    }),
    [mode],
  );
  return <TimeContext.Provider value={value}>{children}</TimeContext.Provider>;
}

export function useTimeZone(): TimeSettings {
  return useContext(TimeContext);
}

const pad = (number: number, width = 2) => String(number).padStart(width, "0");

/** `2026-03-04 09:12:07.123`, at the requested precision. */
export function absoluteTime(
  iso: string,
  mode: TimeZoneMode,
  precision: "minute" | "second" | "millisecond" = "second",
): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) {
    return iso;
  }
  const part = (name: "FullYear" | "Month" | "Date" | "Hours" | "Minutes" | "Seconds" | "Milliseconds") =>
    mode === "utc" ? time[`getUTC${name}`]() : time[`get${name}`]();
  const clock = `${pad(part("Hours"))}:${pad(part("Minutes"))}`;
  const seconds = precision === "minute" ? "" : `:${pad(part("Seconds"))}`;
  const milliseconds = precision === "millisecond" ? `.${pad(part("Milliseconds"), 3)}` : "";
  return `${part("FullYear")}-${pad(part("Month") + 1)}-${pad(part("Date"))} ${clock}${seconds}${milliseconds}`;
}

const units: readonly (readonly [name: string, milliseconds: number])[] = [
  ["y", 365 * 86_400_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
];

/** A readable duration: `4 min`, `2.4 s`, `310 ms`. */
export function duration(milliseconds: number): string {
  const size = Math.abs(milliseconds);
  for (const [name, unit] of units) {
    if (size >= unit) {
      const value = size / unit;
      return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${name}`;
    }
  }
  return `${Math.round(size)} ms`;
}

/**
 * `4 min ago`, or `in 4 min` for the future, in whole units: the past rounded down, the future to the nearest. Below a
 * minute there is no number, as it would be stale.
 */
export function relativeTime(iso: string, now: number): string {
  const distance = now - Date.parse(iso);
  const size = Math.abs(distance);
  const [name, unit] = units.find(([, milliseconds]) => size >= milliseconds) ?? ["s", 1000];
  if (Number.isNaN(distance)) {
    return iso;
  }
  if (unit <= 1000) {
    return distance >= 0 ? "just now" : "in a few seconds";
  }
  return distance >= 0 ? `${Math.floor(size / unit)} ${name} ago` : `in ${Math.round(size / unit)} ${name}`;
}

/** A timestamp in the selected time zone; the ISO form is on hover. */
export function Moment({
  iso,
  precision,
  relative,
}: {
  readonly iso: string;
  readonly precision?: "minute" | "second" | "millisecond";
  readonly relative?: boolean;
}) {
  const { mode } = useTimeZone();
  const absolute = absoluteTime(iso, mode, precision);
  return (
    <time
      dateTime={iso}
      title={`${iso}${relative ? ` · ${absolute}` : ""}`}
      style={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}
    >
      {relative ? relativeTime(iso, Date.now()) : absolute}
    </time>
  );
}
