import { VisuallyHidden } from "@mantine/core";
import { IconAlertHexagonFilled } from "@tabler/icons-react";
import type { ProcessNode } from "#contracts/lineage";
import classes from "./alert-count.module.css";
import { queuedAlerts, severityTone } from "./labels.ts";

/** The number of queued alerts of a process, in the colour of the most severe one. */
export function AlertCount({ alerts }: { readonly alerts: ProcessNode["alerts"] }) {
  const queued = queuedAlerts(alerts);
  return queued.length === 0 ? null : (
    <span
      className={classes.alert}
      data-severity={severityTone(queued)}
      title={queued.map((alert) => `${alert.severity}: ${alert.ruleName}`).join("\n")}
    >
      <IconAlertHexagonFilled size={13} aria-hidden />
      {queued.length}
      <VisuallyHidden> {queued.length === 1 ? "alert" : "alerts"}</VisuallyHidden>
    </span>
  );
}
