import { Timeline } from "@mantine/core";
import type { Transition } from "#contracts/alert";
import type { Delivery } from "#contracts/delivery";
import type { IncidentDetail, IncidentHistoryEntry } from "#contracts/incident";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { StatusMark } from "../../../../ui/marks.tsx";
import { OverriddenMark } from "../../../../ui/overridden-mark.tsx";
import { TextLink } from "../../../../ui/page.tsx";
import { ErrorState } from "../../../../ui/state.tsx";
import { Moment } from "../../../../ui/time.tsx";
import { DeliveryEntry, deliveryTitle } from "../delivery-entry.tsx";
import { useDeliveries } from "../use-deliveries.ts";
import classes from "./drawer.module.css";

/** What happened to an incident and to its alerts, and what was sent of it, oldest first. */
export function History({ incident }: { readonly incident: IncidentDetail }) {
  const { items, cut: deliveriesCut, failed } = useDeliveries(incident);
  const cut = [incident.historyTruncationReason, deliveriesCut].filter((reason) => reason !== undefined);
  const entries = historyItems(incident.history, items);
  return (
    <>
      {cut.length > 0 && <p className={classes.soft}>{`Not all: ${cut.join("; ")}.`}</p>}
      <Timeline bulletSize={12} lineWidth={2} active={entries.length} className={classes.history}>
        {entries.map((entry) =>
          entry.kind === "delivery" ? (
            <Timeline.Item key={entry.delivery.id} title={<VisibleText text={deliveryTitle(entry.delivery)} />}>
              <DeliveryEntry delivery={entry.delivery} />
            </Timeline.Item>
          ) : (
            <Timeline.Item key={keyOf(entry.first)} title={<Title entry={entry.first} />}>
              <Change entry={entry.first} count={entry.count} />
            </Timeline.Item>
          ),
        )}
      </Timeline>
      {failed !== undefined && <ErrorState {...failed} />}
    </>
  );
}

const keyOf = ({ at, alert, change, work }: IncidentHistoryEntry) =>
  `${at} ${alert?.id} ${change?.to} ${change?.incident} ${work?.text}`;

function Title({ entry: { change, work } }: { readonly entry: IncidentHistoryEntry }) {
  return work === undefined ? <ChangeTitle change={change} /> : <VisibleText text={work.text} />;
}

/** What was changed, by whom and when; `count`: of how many alerts. */
function Change({ entry, count }: { readonly entry: IncidentHistoryEntry; readonly count: number }) {
  const { at, alert, change, work } = entry;
  const actor = change?.actor ?? work?.actor;
  return (
    <>
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
        {actor !== undefined && (
          <>
            <VisibleText text={actor} />, {change?.batch === undefined ? "" : "in a batch, "}
          </>
        )}
        <Moment iso={at} precision="second" />
      </p>
      {change?.note !== undefined && (
        <p className={classes.note}>
          <VisibleText text={change.note} />
        </p>
      )}
    </>
  );
}

type HistoryItem =
  | { readonly kind: "entry"; readonly first: IncidentHistoryEntry; readonly count: number }
  | { readonly kind: "delivery"; readonly delivery: Delivery };

/** A delivery has the time of its escalation, and comes after it: the sort is stable. */
function historyItems(
  history: readonly IncidentHistoryEntry[],
  deliveries: readonly Delivery[],
): readonly HistoryItem[] {
  const at = (item: HistoryItem) => (item.kind === "delivery" ? item.delivery.at : item.first.at);
  return [
    ...grouped(history).map((group): HistoryItem => ({ kind: "entry", ...group })),
    ...deliveries.map((delivery): HistoryItem => ({ kind: "delivery", delivery })),
  ].sort((a, b) => at(a).localeCompare(at(b)));
}

/** Consecutive alerts that were raised within a minute, or changed by one act, become one entry. */
function grouped(
  history: readonly IncidentHistoryEntry[],
): readonly { readonly first: IncidentHistoryEntry; readonly count: number }[] {
  const groups: { first: IncidentHistoryEntry; count: number }[] = [];
  for (const entry of history) {
    const last = groups.at(-1);
    if (last !== undefined && (isRaisedWith(entry, last.first) || isChangedWith(entry, last.first))) {
      last.count += 1;
    } else {
      groups.push({ first: entry, count: 1 });
    }
  }
  return groups;
}

const isDetection = ({ change, work }: IncidentHistoryEntry) => change === undefined && work === undefined;

function isRaisedWith(one: IncidentHistoryEntry, first: IncidentHistoryEntry): boolean {
  return isDetection(one) && isDetection(first) && Date.parse(one.at) - Date.parse(first.at) < 60_000;
}

/** Whether both are of one act: the same change, at the same moment. */
function isChangedWith({ change: one }: IncidentHistoryEntry, { change: first }: IncidentHistoryEntry): boolean {
  return (
    one !== undefined &&
    first !== undefined &&
    (["at", "actor", "to", "reason", "incident", "note", "batch", "overridden", "duplicateOf"] as const).every(
      (name) => one[name] === first[name],
    )
  );
}

function ChangeTitle({ change }: { readonly change: IncidentHistoryEntry["change"] }) {
  return change === undefined ? (
    "Raised"
  ) : change.incident === undefined ? (
    <ChangedStatus change={change} />
  ) : (
    membershipLabels[change.incident]
  );
}

/** The status that an alert came to; if it was closed, against what, and as a duplicate of which alert. */
export function ChangedStatus({ change }: { readonly change: Transition }) {
  return (
    <>
      <StatusMark status={change.to} reason={change.reason} />
      {change.duplicateOf !== undefined && (
        <>
          {" "}
          of <TextLink to={`/alerts/${encodeURIComponent(change.duplicateOf)}`}>another alert</TextLink>
        </>
      )}
      {change.overridden === true && (
        <>
          {" "}
          <OverriddenMark />
        </>
      )}
    </>
  );
}

export const membershipLabels = {
  removed: "Removed from the incident",
  restored: "Restored to the incident",
  split: "Split off into an incident of its own",
  merged: "Merged into another incident",
  unmerged: "Separated from the merged incident",
} as const;
