import { duration } from "../../../ui/time.tsx";

/**
 * Whether an end that is recorded before its start lies in the same second: some logs give whole seconds, so that the end
 * of a short life seems to come first. Epoch milliseconds.
 */
export function isRounded(start: number, end: number): boolean {
  return end < start && end % 1000 === 0 && start - end < 1000;
}

/** How long a process ran, as far as its records tell. ISO times. */
export function lifetime(start: string, end: string): string {
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (to >= from) {
    return `ran ${duration(to - from)}`;
  }
  return isRounded(from, to)
    ? "ran less than a second; the end is recorded in whole seconds"
    : `recorded ${duration(from - to)} before the start: the clock was set back`;
}
