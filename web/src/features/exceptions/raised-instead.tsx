import { Modal } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import { recordLabel } from "#contracts/event-source";
import type { DryRun } from "#contracts/exception";
import { useRoute } from "../../api/queries.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { RawJson } from "../../ui/raw-json.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./dry-run-view.module.css";

const number = (value: number) => value.toLocaleString("en");

/** Without the events that are hidden, rules over several events find others. */
export function RaisedInsteadSection({
  items,
  total,
}: {
  readonly items: DryRun["raisesInstead"];
  readonly total: number;
}) {
  const [opened, open] = useState<string>();
  if (total === 0) {
    return null;
  }
  return (
    <section className={classes.warning} aria-label="Alerts raised in their place">
      <h2>
        <IconAlertTriangle size={18} aria-hidden />
        Raises {number(total)} other {total === 1 ? "alert" : "alerts"} instead
      </h2>
      <p className={classes.soft}>
        Without the hidden events, the rules find these: new alerts of this kind would come in place of the hidden ones.
        {items.length < total && ` The newest ${number(items.length)} of them:`}
      </p>
      <ul className={classes.alerts}>
        {items.map(({ rule, time, host, user, eventIds, commandLine }) => (
          <li key={`${rule.id} ${eventIds.join(" ")}`}>
            <p>
              <RuleName rule={rule} />
              {host !== "" && <span className={classes.soft}>{host}</span>}
              {user !== undefined && <span className={classes.soft}>{user}</span>}
              <span className={classes.soft}>
                <Moment iso={time} />
              </span>
              <span className={classes.events}>
                {eventIds.map((id, index) => (
                  <button key={id} type="button" className={classes.event} onClick={() => open(id)}>
                    {`Event ${index + 1}`}
                  </button>
                ))}
              </span>
            </p>
            {commandLine !== undefined && <CommandLine text={commandLine} short={110} />}
          </li>
        ))}
      </ul>
      {opened !== undefined && <EventDialog id={opened} close={() => open(undefined)} />}
    </section>
  );
}

function EventDialog({ id, close }: { readonly id: string; readonly close: () => void }) {
  const event = useRoute("event", { params: { id } });
  return (
    <Modal opened onClose={close} title="Event" size="lg">
      <Loaded query={event} label="Loading the event" rows={4}>
        {(data) => (
          <div>
            <p>
              <Moment iso={data.time} precision="millisecond" />
            </p>
            <p className={classes.soft}>{recordLabel(data.source)}</p>
            <RawJson value={data.fields} label="fields" />
          </div>
        )}
      </Loaded>
    </Modal>
  );
}
