import { Button, Radio } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import type { IncidentDetail } from "#contracts/incident";
import type { Incident } from "#contracts/queue";
import { useDenial } from "../../../../api/permission.ts";
import { useChange, useRoute } from "../../../../api/queries.ts";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { SeverityMark } from "../../../../ui/marks.tsx";
import { PermissionNote } from "../../../../ui/permission-note.tsx";
import { EmptyState, ErrorState, Loaded } from "../../../../ui/state.tsx";
import { Moment } from "../../../../ui/time.tsx";
import { VisibleTextInput } from "../../../../ui/visible-input.tsx";
import { counted } from "../walk.ts";
import classes from "./drawer.module.css";

/** Merges another incident into this one, or separates those that were merged. */
export function MergePanel({ incident }: { readonly incident: IncidentDetail }) {
  const denial = useDenial("triage");
  return (
    <>
      {incident.merged.length > 0 && <Merged incident={incident} isAllowed={denial === undefined} />}
      {denial === undefined ? (
        <Merge incidentKey={incident.key} />
      ) : (
        <PermissionNote action="Merging incidents" denial={denial} />
      )}
    </>
  );
}

const typingPause = 250;
const offered = 10;

function Merge({ incidentKey: key }: { readonly incidentKey: string }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string>();
  const [reason, setReason] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), typingPause);
  const found = useRoute(
    "queue",
    { query: { text: wanted, limit: offered, status: ["open", "acknowledged", "escalated", "closed"] } },
    { enabled: wanted !== "", keep: true },
  );
  const change = useChange("mergeIncident");
  return (
    <form
      className={classes.merge}
      aria-label="Merge"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen !== undefined) {
          change.mutate(
            { params: { key }, body: { incident: chosen, reason } },
            {
              onSuccess: () => {
                setText("");
                setReason("");
                setChosen(undefined);
              },
            },
          );
        }
      }}
    >
      <VisibleTextInput
        size="xs"
        type="search"
        label="Merge another incident into this one"
        placeholder="Find it by rule, host, user or command line"
        value={text}
        change={setText}
      />
      {wanted !== "" && (
        <Loaded query={found} label="Finding incidents" rows={3}>
          {(page) => {
            const others = page.items.filter((other) => other.key !== key);
            return others.length === 0 ? (
              <EmptyState title="No other incident" reason={`No alert of another incident has “${wanted}”.`} />
            ) : (
              <Radio.Group aria-label="Incident to merge" value={chosen ?? null} onChange={setChosen}>
                <ul className={classes.members}>
                  {others.map((other) => (
                    <li key={other.key}>
                      <Radio size="xs" value={other.key} label={<Candidate incident={other} />} />
                    </li>
                  ))}
                </ul>
                {page.total > page.items.length && (
                  <p className={classes.soft}>
                    {page.items.length} of {counted(page.total, "incident")}: type more to narrow it down.
                  </p>
                )}
              </Radio.Group>
            );
          }}
        </Loaded>
      )}
      {chosen !== undefined && (
        <>
          <VisibleTextInput
            size="xs"
            label="Reason"
            description="Kept in the history and the audit trail."
            value={reason}
            change={setReason}
          />
          {change.error !== null && <ErrorState error={change.error} />}
          <Button size="xs" type="submit" loading={change.isPending}>
            Merge into this incident
          </Button>
        </>
      )}
    </form>
  );
}

function Candidate({ incident }: { readonly incident: Incident }) {
  return (
    <span className={classes.what}>
      <span className={classes.mark}>
        <SeverityMark severity={incident.severity} word={false} />
        <strong>
          <VisibleText text={incident.title} />
        </strong>
      </span>
      <span>
        <VisibleText text={incident.hosts.join(", ")} />, {counted(incident.alertCount, "alert")} of{" "}
        {counted(incident.ruleCount, "rule")}, latest <Moment iso={incident.latest} precision="minute" />
      </span>
    </span>
  );
}

function Merged({ incident, isAllowed }: { readonly incident: IncidentDetail; readonly isAllowed: boolean }) {
  const [reason, setReason] = useState("");
  const [isAsking, setAsking] = useState(false);
  const change = useChange("unmergeIncident");
  return (
    <section aria-label="Merged incidents">
      <h3 className={classes.title}>Merged by hand</h3>
      <ul className={classes.members}>
        {incident.merged.map((one) => (
          <li key={one.key}>
            <span className={classes.what}>
              <span>
                {counted(one.alerts, "alert")} by <VisibleText text={one.actor} />,{" "}
                <Moment iso={one.at} precision="minute" />
                {one.reason !== "" && (
                  <>
                    : <VisibleText text={one.reason} />
                  </>
                )}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {isAllowed &&
        (isAsking ? (
          <form
            className={classes.reason}
            onSubmit={(event) => {
              event.preventDefault();
              change.mutate({ params: { key: incident.key }, body: { reason } });
            }}
          >
            <VisibleTextInput
              size="xs"
              autoFocus
              className={classes.grow ?? ""}
              aria-label="Reason for the separation"
              placeholder="Why they are different activities"
              value={reason}
              change={setReason}
            />
            <Button size="xs" type="submit" loading={change.isPending}>
              Separate
            </Button>
            <Button size="xs" variant="default" onClick={() => setAsking(false)}>
              Cancel
            </Button>
            {change.error !== null && <ErrorState error={change.error} />}
          </form>
        ) : (
          <Button size="compact-xs" variant="default" mt={8} onClick={() => setAsking(true)}>
            Separate merged incidents…
          </Button>
        ))}
    </section>
  );
}
