import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { RequestError, request } from "../../api/client.ts";
import classes from "./queue.module.css";

const number = (value: number) => value.toLocaleString("en");
const counted = (count: number, noun: string) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Acknowledges the selected alerts one by one; the notification offers an undo. */
export function BulkBar({
  alerts,
  items,
  clear,
  refetch,
}: {
  readonly alerts: readonly string[];
  readonly items: number;
  readonly clear: () => void;
  readonly refetch: () => void;
}) {
  const client = useQueryClient();
  const [progress, setProgress] = useState<number>();
  const move = async (ids: readonly string[], to: "acknowledged" | "open") => {
    const moved: string[] = [];
    setProgress(0);
    try {
      for (const id of ids) {
        await request("transition", {
          params: { id },
          body: { to, note: to === "open" ? "Bulk change undone" : "" },
        });
        moved.push(id);
        setProgress(moved.length);
      }
    } catch (error) {
      // The role may have changed, or the session ended.
      void client.invalidateQueries({ queryKey: ["me"] });
      notifications.show({
        color: "red",
        title: `Stopped after ${number(moved.length)} of ${counted(ids.length, "alert")}`,
        message: error instanceof RequestError ? error.message : String(error),
      });
    }
    setProgress(undefined);
    clear();
    refetch();
    if (to === "acknowledged" && moved.length > 0) {
      notifications.show({
        title: `${counted(moved.length, "alert")} acknowledged`,
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
      <span>{`${counted(items, "incident")} selected, ${counted(alerts.length, "open alert")}`}</span>
      <Button
        size="compact-sm"
        disabled={alerts.length === 0}
        loading={progress !== undefined}
        onClick={() => void move(alerts, "acknowledged")}
      >
        {`Acknowledge ${counted(alerts.length, "alert")}`}
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={clear}>
        Clear selection
      </Button>
      {progress !== undefined && <span role="status">{`${number(progress)} of ${number(alerts.length)}`}</span>}
    </div>
  );
}
