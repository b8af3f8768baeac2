import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Incident } from "#contracts/queue";
import { RequestError, request } from "../../api/client.ts";
import classes from "./queue.module.css";

const number = (value: number) => value.toLocaleString("en");
const counted = (count: number, noun: string) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

/** What an acknowledgement is sent for: incidents by their keys, or single alerts of other groups. */
interface Target {
  readonly route: "incidentTransition" | "transition";
  readonly id: string;
}

function targetsOf(item: Incident): readonly Target[] {
  return item.rank === undefined
    ? item.alerts.filter(({ status }) => status === "open").map(({ id }) => ({ route: "transition", id }))
    : (item.folded?.keys ?? [item.key]).map((id) => ({ route: "incidentTransition", id }));
}

/** Open alerts of a row. Of several incidents in one row, all that pass the filters are counted. */
const openAlerts = (item: Incident) =>
  item.folded === undefined && item.counts !== undefined
    ? item.counts.open
    : item.folded === undefined
      ? item.alerts.filter(({ status }) => status === "open").length
      : item.alertCount;

async function send({ route, id }: Target, to: "acknowledged" | "open"): Promise<void> {
  const body = { to, note: to === "open" ? "Bulk change undone" : "" } as const;
  await (route === "transition"
    ? request("transition", { params: { id }, body })
    : request("incidentTransition", { params: { key: id }, body }));
}

/** Acknowledges the selected incidents one by one; the notification offers an undo. */
export function BulkBar({
  items,
  clear,
  refetch,
}: {
  readonly items: readonly Incident[];
  readonly clear: () => void;
  readonly refetch: () => void;
}) {
  const client = useQueryClient();
  const [progress, setProgress] = useState<number>();
  const targets = items.flatMap(targetsOf);
  const alerts = items.reduce((sum, item) => sum + openAlerts(item), 0);
  const move = async (those: readonly Target[], to: "acknowledged" | "open") => {
    const moved: Target[] = [];
    setProgress(0);
    try {
      for (const [index, target] of those.entries()) {
        try {
          await send(target, to);
          moved.push(target);
        } catch (error) {
          // Somebody was faster, or nothing of it is open: there is nothing to do.
          if (!(error instanceof RequestError && error.details.code === "workflow.same-status")) {
            throw error;
          }
        }
        setProgress(index + 1);
      }
    } catch (error) {
      // The role may have changed, or the session ended.
      void client.invalidateQueries({ queryKey: ["me"] });
      notifications.show({
        color: "red",
        title: `Stopped after ${number(moved.length)} of ${number(those.length)}`,
        message: error instanceof RequestError ? error.message : String(error),
      });
    }
    setProgress(undefined);
    clear();
    refetch();
    if (to === "acknowledged" && moved.length > 0) {
      const noun = moved.every(({ route }) => route === "transition") ? "alert" : "incident";
      notifications.show({
        title: `${counted(moved.length, noun)} acknowledged`,
        message: (
          <Button size="compact-xs" variant="default" onClick={() => void move(moved, "open")}>
            Undo
          </Button>
        ),
        autoClose: 12_000,
      });
    }
  };
  return (
    <div className={classes.bulk} role="toolbar" aria-label="Selected incidents">
      <span>{`${counted(items.length, "row")} selected, ${counted(alerts, "open alert")}`}</span>
      <Button
        size="compact-sm"
        disabled={alerts === 0}
        loading={progress !== undefined}
        onClick={() => void move(targets, "acknowledged")}
      >
        {`Acknowledge ${counted(alerts, "alert")}`}
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={clear}>
        Clear selection
      </Button>
      {progress !== undefined && <span role="status">{`${number(progress)} of ${number(targets.length)}`}</span>}
    </div>
  );
}
