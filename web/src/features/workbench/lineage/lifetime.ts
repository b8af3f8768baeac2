import { duration } from "../../../ui/time.tsx";

/**
 * Whether an end was rounded down to a whole second before its start: some logs record whole seconds only, so the end
 * of a short-lived process seems to precede its start. Epoch milliseconds.
 */
export function isRounded(start: number, end: number): boolean {
  return end < start && end % 1000 === 0 && start - end < 1000;
}

/** How long a process ran. Both times are ISO. */
export function lifetime(start: string, end: string): string {
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (to >= from) {
    return `ran ${duration(to - from)}`;
  }
  return isRounded(from, to)
    ? "ran less than a second (end recorded in whole seconds)"
    : `end recorded ${duration(from - to)} before the start: the clock was set back`;
}
