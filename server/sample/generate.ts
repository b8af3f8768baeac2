import { benignDay } from "./benign-day.ts";
import { cast } from "./cast.ts";
import { intrusion } from "./intrusion.ts";

const dayLength = 86_400_000;

/** The last complete working day before `now`, as its midnight UTC. Both are epoch milliseconds. */
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
 * The bundled sample: one working day on three hosts, with an intruder moving laterally over WMI and an inventory
 * service with legitimate remote WMI commands. Yields Winlogbeat documents as JSON text in order of time, deterministic
 * for a given day. `now` is in epoch milliseconds. See docs/decisions/0006.
 * See docs/decisions/0006.
 */
export function* sampleCapture(now: number): Generator<string> {
  const characters = cast(lastWorkingDay(now));
  const { mailClient } = benignDay(characters);
  intrusion(characters, mailClient);
  const logs = [characters.workstation, characters.fileServer, characters.managementServer].flatMap(({ log }) => [
    ...log.documents(),
  ]);
  for (const { text } of logs.toSorted((a, b) => a.at - b.at)) {
    yield text;
  }
}
