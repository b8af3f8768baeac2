import { Button, Select } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import type { PlaybookDetail } from "#contracts/playbook-detail";
import { queueQuery } from "#contracts/queue";
import { useRoute } from "../../api/queries.ts";
import { TextLink } from "../../ui/page.tsx";
import { withoutHidden } from "../../ui/visible-text.ts";
import classes from "./detail.module.css";

/** Alerts to choose from. */
const OFFERED = 50;

/** Chooses an alert to see the playbook with: those of its rules, or any. */
export function PreviewPicker({
  playbook: { applies, origin },
  alert,
  choose,
  run,
}: {
  readonly playbook: PlaybookDetail;
  readonly alert: string | undefined;
  readonly choose: (alert: string | undefined) => void;
  /** Runs the queries; undefined as long as no alert is chosen. */
  readonly run: { readonly isRunning: boolean; readonly start: () => void } | undefined;
}) {
  const rules = origin.kind === "guide" ? [origin.ruleId] : [...applies.ruleIds];
  const query = queueQuery.parse({
    group: "none",
    sort: "latest",
    status: ["open", "acknowledged", "escalated", "closed"],
    rule: rules,
    limit: OFFERED,
  });
  const { data } = useRoute("queue", { query });
  const options = (data?.items ?? []).flatMap(({ alerts }) =>
    alerts.slice(0, 1).map(({ id, rule, host, time }) => ({
      value: id,
      label: withoutHidden(`${time.slice(0, 16).replace("T", " ")} · ${rule.name} · ${host}`),
    })),
  );
  const known = options.some(({ value }) => value === alert);
  return (
    <div className={classes.preview}>
      <Select
        className={classes.picker}
        label="Preview on an alert"
        description={
          data !== undefined && data.totalAlerts > options.length
            ? `The newest ${options.length} of ${data.totalAlerts.toLocaleString("en")}`
            : undefined
        }
        placeholder={options.length === 0 ? "No alert of its rules is stored" : "Choose an alert"}
        data={alert === undefined || known ? options : [{ value: alert, label: alert }, ...options]}
        value={alert ?? null}
        onChange={(value) => choose(value ?? undefined)}
        searchable
        clearable
        limit={OFFERED}
        disabled={options.length === 0 && alert === undefined}
      />
      {run !== undefined && (
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          disabled={run.isRunning}
          onClick={run.start}
        >
          Run its queries
        </Button>
      )}
      {alert !== undefined && <TextLink to={`/alerts/${encodeURIComponent(alert)}`}>Open the alert</TextLink>}
    </div>
  );
}
