import type { RaisedInstead } from "#contracts/exception-replay";
import { textOf } from "../event/event.ts";
import type { StoreReader } from "../store/port.ts";
import type { ReplayedFinding } from "./replay.ts";

/** Alerts that are listed; the total counts all of them. */
const mostListed = 50;
/** Events that are named of each. */
const mostEvents = 20;

/** What would be raised in place of hidden alerts, the newest first. */
export async function describeInstead(
  { events }: Pick<StoreReader, "events">,
  findings: readonly ReplayedFinding[],
): Promise<RaisedInstead[]> {
  const newest = findings
    .map((finding) => ({ finding, time: finding.members[0]?.time ?? 0 }))
    .sort((left, right) => right.time - left.time || (left.finding.id < right.finding.id ? -1 : 1))
    .slice(0, mostListed);
  return Promise.all(
    newest.map(async ({ finding: { rule, members, last }, time }) => {
      const fields = (await events.get(last))?.fields ?? {};
      return {
        rule: { id: rule.id, name: rule.name, version: rule.version },
        time: new Date(time).toISOString(),
        host: textOf(fields, "host.name") ?? "",
        user: textOf(fields, "user.effective.name") ?? textOf(fields, "user.name"),
        eventIds: members.slice(0, mostEvents).map(({ id }) => id),
        commandLine: textOf(fields, "process.command_line"),
      };
    }),
  );
}
