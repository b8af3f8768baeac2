import { benignDay } from "./benign-day.ts";
import { cast } from "./cast.ts";
import { intrusion } from "./intrusion.ts";

const dayLength = 86_400_000;

/** The last working day that was over at `now`: its midnight, UTC, epoch milliseconds. */
export function lastWorkingDay(now: number): number {
  const today = Math.floor(now / dayLength) * dayLength;
  for (let day = today - dayLength; ; day -= dayLength) {
    const weekday = new Date(day).getUTCDay();
    if (weekday !== 0 && weekday !== 6) {
      return day;
    }
  }
}

/**
 * The bundled sample: one working day on three hosts, with an intruder moving over WMI and an inventory service that does
 * the same for good reasons. JSON documents in Winlogbeat's shape, one a line, in the order of time; the same for the
 * same day. `now` is epoch milliseconds.
 */
export function* sampleCapture(now: number): Generator<string> {
  const characters = cast(lastWorkingDay(now));
  const { desktop } = benignDay(characters);
  intrusion(characters, desktop);
  const logs = [characters.workstation, characters.fileServer, characters.managementServer].flatMap(({ log }) => [
    ...log.documents(),
  ]);
  for (const { text } of logs.toSorted((a, b) => a.at - b.at)) {
    yield text;
  }
}
