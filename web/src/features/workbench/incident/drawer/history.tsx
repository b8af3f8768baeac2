import { Timeline } from "@mantine/core";
import type { IncidentHistoryEntry } from "#contracts/incident";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { StatusMark } from "../../../../ui/marks.tsx";
import { Moment } from "../../../../ui/time.tsx";
import classes from "./drawer.module.css";

/** What happened to an incident and to its alerts, oldest first. */
export function History({ entries }: { readonly entries: readonly IncidentHistoryEntry[] }) {
  const groups = groupDetections(entries);
  return (
    <Timeline bulletSize={12} lineWidth={2} active={groups.length} className={classes.history}>
      {groups.map(({ first, count }) => {
        const { at, alert, change, work } = first;
        const actor = change?.actor ?? work?.actor;
        return (
          <Timeline.Item
            key={`${at} ${alert?.id} ${change?.to} ${change?.incident} ${work?.text}`}
            title={work === undefined ? <ChangeTitle change={change} /> : <VisibleText text={work.text} />}
          >
            {alert !== undefined && (
              <p className={classes.soft}>
                {count > 1 ? (
                  `${count.toLocaleString("en")} alerts`
                ) : (
                  <VisibleText text={`${alert.ruleName}, ${alert.processName ?? "no process"} on ${alert.host}`} />
                )}
              </p>
            )}
            <p className={classes.soft}>
              {actor === undefined ? (
                ""
              ) : (
                <>
                  <VisibleText text={actor} />,{" "}
                </>
              )}
              <Moment iso={at} precision="second" />
            </p>
            {change?.note !== undefined && (
              <p className={classes.note}>
                <VisibleText text={change.note} />
              </p>
            )}
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

/** Consecutive alerts raised within a minute become one entry: an ingest raises many at once. */
function groupDetections(
  history: readonly IncidentHistoryEntry[],
): readonly { readonly first: IncidentHistoryEntry; readonly count: number }[] {
  const groups: { first: IncidentHistoryEntry; count: number }[] = [];
  for (const entry of history) {
    const last = groups.at(-1);
    const extendsLast =
      last !== undefined &&
      isDetection(entry) &&
      isDetection(last.first) &&
      Date.parse(entry.at) - Date.parse(last.first.at) < 60_000;
    if (extendsLast) {
      last.count += 1;
    } else {
      groups.push({ first: entry, count: 1 });
    }
  }
  return groups;
}

const isDetection = ({ change, work }: IncidentHistoryEntry) => change === undefined && work === undefined;

function ChangeTitle({ change }: { readonly change: IncidentHistoryEntry["change"] }) {
  return change === undefined ? (
    "Raised"
  ) : change.incident === undefined ? (
    <StatusMark status={change.to} reason={change.reason} />
  ) : (
    membershipLabels[change.incident]
  );
}

export const membershipLabels = {
  removed: "Removed from the incident",
  restored: "Restored to the incident",
  split: "Split off into an incident of its own",
  merged: "Merged into another incident",
  unmerged: "Separated from the merged incident",
} as const;
