import { ActionIcon, Button } from "@mantine/core";
import { IconPin } from "@tabler/icons-react";
import { useContext, useState } from "react";
import { Link } from "react-router";
import type { ProcessNode } from "#contracts/lineage";
import { useRoute } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { pivotPath } from "../../../ui/field-value.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { commandArguments, processName } from "../lineage/labels.ts";
import { processEvidence } from "../playbook/evidence.ts";
import { SelectionContext } from "../selection.ts";
import classes from "./related-processes.module.css";

const pageStep = 25;

/** Processes without alerts that are related to a process. Open from the start when the alert was found malicious. */
export function RelatedProcesses({
  node,
  open: initiallyOpen,
  select,
}: {
  readonly node: ProcessNode;
  readonly open: boolean;
  readonly select: (key: string) => void;
}) {
  const [open, setOpen] = useState(initiallyOpen);
  return (
    <PaneSection title="Related processes without alerts" folded={!initiallyOpen} toggled={setOpen}>
      {(open || initiallyOpen) && <RelatedProcessList node={node} select={select} />}
    </PaneSection>
  );
}

function RelatedProcessList({ node, select }: { readonly node: ProcessNode; readonly select: (key: string) => void }) {
  const { pin } = useContext(SelectionContext);
  const [limit, setLimit] = useState(pageStep);
  const query = useRoute("relatedProcesses", { params: { key: node.key }, query: { limit } }, { keep: true });
  return (
    <Loaded query={query} label="Loading related processes" rows={4}>
      {(page) => (
        <>
          <p className={classes.soft}>
            {page.total === 0
              ? "None found among its descendants and siblings, in its logon session, or with the same files and commands elsewhere."
              : `${page.items.length} of ${page.total.toLocaleString("en")} processes, most reasons first.`}
          </p>
          <ul className={classes.processes} aria-label="Related processes without alerts">
            {page.items.map(({ process, reasons }) => (
              <li key={process.key}>
                <p>
                  <button type="button" className={classes.link} onClick={() => select(process.key)}>
                    <VisibleText text={processName(process)} /> {process.pid ?? ""}
                  </button>
                  {process.host !== node.host && (
                    <Link className={classes.link} to={pivotPath("host.name", process.host) ?? "/hosts"}>
                      <VisibleText text={process.host} />
                    </Link>
                  )}
                  {process.start !== undefined && <Moment iso={process.start} precision="second" />}
                  {pin !== undefined && (
                    <ActionIcon
                      size="xs"
                      variant="subtle"
                      aria-label={`Pin ${processName(process)} ${process.pid ?? ""} as evidence`}
                      onClick={() => pin(processEvidence(process))}
                    >
                      <IconPin size={13} aria-hidden />
                    </ActionIcon>
                  )}
                </p>
                <p className={classes.soft}>{reasons.map(({ why }) => why).join("; ")}</p>
                <code>
                  <VisibleText text={commandArguments(process).slice(0, 200)} />
                </code>
              </li>
            ))}
          </ul>
          {page.next !== undefined && limit < 400 && (
            <Button size="compact-xs" variant="default" onClick={() => setLimit(limit * 4)}>
              Show more
            </Button>
          )}
          {page.notes.map((note) => (
            <p key={note} className={classes.soft}>
              {note}
            </p>
          ))}
        </>
      )}
    </Loaded>
  );
}
