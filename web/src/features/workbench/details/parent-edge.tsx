import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ProcessNode } from "#contracts/lineage";
import { useChange, useRoutes } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { showRefusal } from "../../../ui/refusal.ts";
import { absoluteTime, Moment, useTimeZone } from "../../../ui/time.tsx";
import type { Lineage } from "../lineage/use-lineage.ts";
import { certaintyWords, processName } from "../lineage/words.ts";
import classes from "./details-pane.module.css";

/** The parent, how sure it is and by which values, and where several fit, the choice between them. */
export function ParentEdge({
  node,
  lineage,
  select,
}: {
  readonly node: ProcessNode;
  readonly lineage: Lineage;
  readonly select: (key: string) => void;
}) {
  const { parent } = node;
  if (parent === undefined) {
    return (
      <PaneSection title="Parent">
        <p className={classes.soft}>{node.parentUnknown ?? "No record names its parent."}</p>
      </PaneSection>
    );
  }
  const known = lineage.graph?.nodes.get(parent.key);
  return (
    <PaneSection title="Parent">
      <p className={classes.parent}>
        <button type="button" className={classes.link} onClick={() => select(parent.key)}>
          <VisibleText text={known === undefined ? parent.key : nameAndPid(known)} />
        </button>
        <span className={classes.certainty} data-certainty={parent.certainty}>
          {certaintyWords[parent.certainty]}
        </span>
      </p>
      <p className={classes.soft}>{parent.why}</p>
      {(parent.candidates?.length ?? 0) > 1 && <Choice node={node} lineage={lineage} select={select} />}
    </PaneSection>
  );
}

const nameAndPid = (node: ProcessNode) => `${processName(node)}${node.pid === undefined ? "" : ` ${node.pid}`}`;

/** The possible parents. A choice re-hangs the process, moves its alerts, and stands in the audit trail. */
function Choice({
  node,
  lineage,
  select,
}: {
  readonly node: ProcessNode;
  readonly lineage: Lineage;
  readonly select: (key: string) => void;
}) {
  const { parent } = node;
  const { mode } = useTimeZone();
  const keys = parent?.candidates ?? [];
  const answers = useRoutes(
    "process",
    keys.map((key) => ({ params: { key } })),
  );
  const change = useChange("chooseParent");
  const choose = (key: string | undefined) =>
    change.mutate(
      { params: { key: node.key }, body: { parent: key } },
      {
        onSuccess: ({ movedAlerts }) => {
          lineage.reload();
          const moved = `${movedAlerts} ${movedAlerts === 1 ? "alert" : "alerts"} moved with it.`;
          notifications.show({
            title: key === undefined ? "The parent is as the records give it" : "The parent was chosen",
            message: `${movedAlerts === 0 ? "No alert moved to another work item." : moved} The audit trail keeps it.`,
          });
        },
        onError: (error) => showRefusal("The parent stays as it is", error),
      },
    );
  return (
    <>
      {parent?.chosen !== undefined && (
        <p className={classes.chosen}>
          <span>
            Chosen by {parent.chosen.by}, <Moment iso={parent.chosen.at} />.
          </span>
          <Button size="compact-xs" variant="default" loading={change.isPending} onClick={() => choose(undefined)}>
            Take the choice back
          </Button>
        </p>
      )}
      <ul className={classes.list} aria-label="Parents that fit">
        {keys.map((key, index) => {
          const candidate = lineage.graph?.nodes.get(key) ?? answers[index]?.data;
          const name = candidate === undefined ? key : nameAndPid(candidate);
          const shown = key === parent?.key;
          return (
            <li key={key} className={classes.candidate} data-shown={shown || undefined}>
              <button type="button" className={classes.link} onClick={() => select(key)}>
                <VisibleText text={name} />
              </button>
              <span className={classes.soft}>
                {candidate?.start === undefined ? (
                  "start not recorded"
                ) : (
                  <>
                    started <Moment iso={candidate.start} precision="second" />
                  </>
                )}
                {key === parent?.chosen?.computed ? ", as the records give it" : ""}
              </span>
              {shown ? (
                <span className={classes.badge}>shown</span>
              ) : (
                <Button
                  size="compact-xs"
                  variant="light"
                  loading={change.isPending}
                  aria-label={`Hang it here: below ${name}${candidate?.start === undefined ? "" : `, started ${absoluteTime(candidate.start, mode)}`}`}
                  onClick={() => choose(key)}
                >
                  Hang it here
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}
