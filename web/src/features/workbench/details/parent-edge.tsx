import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ProcessNode } from "#contracts/lineage";
import { useDenial } from "../../../api/permission.ts";
import { useChange, useRoute, useRoutes } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { PermissionNote } from "../../../ui/permission-note.tsx";
import { showRefusal } from "../../../ui/refusal.ts";
import { absoluteTime, Moment, useTimeZone } from "../../../ui/time.tsx";
import { certaintyLabels, processName } from "../lineage/labels.ts";
import type { Lineage } from "../lineage/use-lineage.ts";
import classes from "./details-pane.module.css";

/** The parent, how it was matched, and the choice between several possible parents. */
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
        <p className={classes.soft}>{node.parentUnknown ?? "No record names the parent of this process."}</p>
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
          {certaintyLabels[parent.certainty]}
        </span>
      </p>
      <p className={classes.soft}>{parent.why}</p>
      {(parent.candidates?.length ?? 0) > 1 && <ParentCandidates node={node} lineage={lineage} select={select} />}
    </PaneSection>
  );
}

const nameAndPid = (node: ProcessNode) => `${processName(node)}${node.pid === undefined ? "" : ` ${node.pid}`}`;

/** The possible parents. A choice moves the process and its alerts and is recorded in the audit trail. */
function ParentCandidates({
  node,
  lineage,
  select,
}: {
  readonly node: ProcessNode;
  readonly lineage: Lineage;
  readonly select: (key: string) => void;
}) {
  const { parent } = node;
  const keys = parent?.candidates ?? [];
  const queries = useRoutes(
    "process",
    keys.map((key) => ({ params: { key } })),
  );
  const { choose, busy } = useChooseParent(node, lineage);
  const denial = useDenial("triage");
  return (
    <>
      {parent?.chosen !== undefined && (
        <p className={classes.chosen}>
          <span>
            Chosen by {parent.chosen.by}, <Moment iso={parent.chosen.at} />.
          </span>
          {denial === undefined && (
            <Button size="compact-xs" variant="default" loading={busy} onClick={() => choose(undefined)}>
              Restore computed parent
            </Button>
          )}
        </p>
      )}
      <ul className={classes.list} aria-label="Possible parents">
        {keys.map((key, index) => (
          <Candidate
            key={key}
            id={key}
            process={lineage.graph?.nodes.get(key) ?? queries[index]?.data}
            current={key === parent?.key}
            computed={key === parent?.chosen?.computed}
            busy={busy}
            select={select}
            choose={denial === undefined ? choose : undefined}
          />
        ))}
      </ul>
      {denial !== undefined && <PermissionNote action="Choosing a parent" denial={denial} />}
    </>
  );
}

function Candidate({
  id,
  process,
  current,
  computed,
  busy,
  select,
  choose,
}: {
  readonly id: string;
  /** Undefined while it is not loaded. */
  readonly process: ProcessNode | undefined;
  readonly current: boolean;
  /** The parent that the records give, where an analyst chose another one. */
  readonly computed: boolean;
  readonly busy: boolean;
  readonly select: (key: string) => void;
  /** Absent for those who may not choose. */
  readonly choose: ((key: string) => void) | undefined;
}) {
  const { mode } = useTimeZone();
  const name = process === undefined ? id : nameAndPid(process);
  const started = process?.start === undefined ? "" : `, started ${absoluteTime(process.start, mode)}`;
  return (
    <li className={classes.candidate}>
      <button type="button" className={classes.link} onClick={() => select(id)}>
        <VisibleText text={name} />
      </button>
      <span className={classes.soft}>
        {process?.start === undefined ? (
          "start not recorded"
        ) : (
          <>
            started <Moment iso={process.start} precision="second" />
          </>
        )}
        {computed ? ", computed from the records" : ""}
      </span>
      {current ? (
        <span className={classes.badge}>current</span>
      ) : choose === undefined ? null : (
        <Button
          size="compact-xs"
          variant="light"
          loading={busy}
          aria-label={`Choose as parent: ${name}${started}`}
          onClick={() => choose(id)}
        >
          Choose as parent
        </Button>
      )}
    </li>
  );
}

/** Chooses a parent, or restores the computed one with `undefined`, and reports the result in a notification. */
function useChooseParent(node: ProcessNode, lineage: Lineage) {
  // The choice is compared with this read.
  useRoute("process", { params: { key: node.key } });
  const change = useChange("chooseParent");
  const choose = (parent: string | undefined) =>
    change.mutate(
      { params: { key: node.key }, body: { parent }, seen: { name: "process", params: { key: node.key } } },
      {
        onSuccess: ({ movedAlerts }) => {
          lineage.reload();
          const moved = movedAlerts === 0 ? "No" : movedAlerts.toLocaleString("en");
          notifications.show({
            title: parent === undefined ? "Computed parent restored" : "Parent chosen",
            message: `${moved} ${movedAlerts === 1 ? "alert" : "alerts"} moved to another incident. Recorded in the audit trail.`,
          });
        },
        onError: (error) => showRefusal("Parent not changed", error),
      },
    );
  return { choose, busy: change.isPending };
}
