import { Drawer, Tabs } from "@mantine/core";
import { useState } from "react";
import { useRoute } from "../../../../api/queries.ts";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { Loaded } from "../../../../ui/state.tsx";
import { counted } from "../walk.ts";
import { AlertsPanel } from "./alerts-panel.tsx";
import { Comments } from "./comments.tsx";
import classes from "./drawer.module.css";
import { History } from "./history.tsx";
import { MergePanel } from "./merge-panel.tsx";

const pageStep = 100;
/** Most alerts that one request returns. */
const mostListed = 500;
const fallback = 4000;

/** The incident: its alerts, what people say about it, its history, and which incidents belong together. */
export function IncidentDrawer({
  alertId,
  incidentKey,
  tab = "alerts",
  close,
}: {
  readonly alertId: string;
  readonly incidentKey: string;
  /** The tab that opens first. */
  readonly tab?: "alerts" | "comments";
  readonly close: () => void;
}) {
  const [limit, setLimit] = useState(pageStep);
  const query = useRoute("incident", { params: { key: incidentKey }, query: { limit } }, { keep: true, fallback });
  return (
    <Drawer
      opened
      onClose={close}
      title="Incident"
      position="right"
      size="min(760px, 100vw)"
      classNames={{ body: classes.body ?? "" }}
    >
      <Loaded query={query} label="Loading the incident" rows={8}>
        {(incident) => (
          <>
            <p className={classes.soft}>
              <VisibleText
                text={`${counted(incident.total, "alert")} of one activity, on ${incident.hosts.join(", ")}.`}
              />
            </p>
            <Tabs defaultValue={tab} keepMounted={false} className={classes.tabs}>
              <Tabs.List aria-label="Parts of the incident">
                <Tabs.Tab value="alerts">Alerts {incident.total.toLocaleString("en")}</Tabs.Tab>
                <Tabs.Tab value="comments">Comments {incident.work.comments.length}</Tabs.Tab>
                <Tabs.Tab value="history">History</Tabs.Tab>
                <Tabs.Tab value="merge">Merge</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="alerts" className={classes.panel}>
                <AlertsPanel
                  incident={incident}
                  current={alertId}
                  close={close}
                  {...(limit < mostListed ? { more: () => setLimit(mostListed) } : {})}
                />
              </Tabs.Panel>
              <Tabs.Panel value="comments">
                <Comments incident={incident} />
              </Tabs.Panel>
              <Tabs.Panel value="history">
                <History incident={incident} />
              </Tabs.Panel>
              <Tabs.Panel value="merge">
                <MergePanel incident={incident} />
              </Tabs.Panel>
            </Tabs>
          </>
        )}
      </Loaded>
    </Drawer>
  );
}
