import { useState } from "react";
import type { ProcessNode } from "#contracts/lineage";
import type { Comparison as Compared } from "#contracts/related-processes";
import { useRoute } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { prevalenceLabels } from "../lineage/labels.ts";
import classes from "./related-processes.module.css";

/** Compares the children of a process with those of other runs of its image: what is common, what is new. */
export function Comparison({ node }: { readonly node: ProcessNode }) {
  const [open, setOpen] = useState(false);
  return (
    <PaneSection title="Compared with other runs" folded toggled={setOpen}>
      {open && <ComparisonTable node={node} />}
    </PaneSection>
  );
}

function ComparisonTable({ node }: { readonly node: ProcessNode }) {
  const query = useRoute("comparison", { params: { key: node.key } });
  return (
    <Loaded query={query} label="Comparing with other runs" rows={4}>
      {(compared) => (
        <>
          <p className={classes.soft}>{comparedWith(compared)}</p>
          {compared.children.length > 0 && (
            <table className={classes.table} aria-label="Child processes">
              <thead>
                <tr>
                  <th scope="col">Child process</th>
                  <th scope="col">This run</th>
                  <th scope="col">Runs on host</th>
                  <th scope="col">All runs</th>
                  <th scope="col">First seen</th>
                </tr>
              </thead>
              <tbody>
                {compared.children.map((child) => (
                  <tr key={child.childGroup} data-prevalence={child.prevalence}>
                    <td title={child.commandTemplate}>
                      <span className={classes.prevalence} data-prevalence={child.prevalence}>
                        {prevalenceLabels[child.prevalence]}
                      </span>{" "}
                      <VisibleText text={child.name ?? "unnamed"} />
                      <code>
                        <VisibleText text={(child.commandTemplate ?? "").slice(0, 160)} />
                      </code>
                    </td>
                    <td>{child.total.toLocaleString("en")}</td>
                    <td>{share(child.onHost, compared.onHost.compared)}</td>
                    <td>{share(child.everywhere, compared.everywhere.compared)}</td>
                    <td>
                      {child.seen.first !== undefined && <Moment iso={child.seen.first} precision="minute" />}
                      <span className={classes.total}> {child.seen.total.toLocaleString("en")} in total</span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {compared.missing.length > 0 && (
            <p className={classes.soft}>
              Common, but missing here:{" "}
              {compared.missing.map((child, index) => (
                <span key={child.childGroup} title={child.commandTemplate}>
                  {index > 0 && ", "}
                  <VisibleText text={child.name ?? "unnamed"} /> (
                  {share(child.everywhere, compared.everywhere.compared)})
                </span>
              ))}
            </p>
          )}
          {compared.notes.map((note) => (
            <p key={note} className={classes.soft}>
              {note}
            </p>
          ))}
        </>
      )}
    </Loaded>
  );
}

const share = (runs: number, of: number) =>
  of === 0 ? "no other runs" : `${runs.toLocaleString("en")} of ${of.toLocaleString("en")}`;

function comparedWith({ name, onHost, everywhere }: Compared): string {
  const runs = (part: { readonly compared: number; readonly total: number }) =>
    part.compared === part.total
      ? part.total.toLocaleString("en")
      : `${part.compared.toLocaleString("en")} of ${part.total.toLocaleString("en")}`;
  if (everywhere.compared === 0) {
    return `No other runs of ${name ?? "this image"} in the 30 days before this one.`;
  }
  const hosts = `${everywhere.hosts.toLocaleString("en")} ${everywhere.hosts === 1 ? "host" : "hosts"}`;
  return `Compared with ${runs(onHost)} other runs of ${name ?? "this image"} on this host and ${runs(everywhere)} on ${hosts}, from 30 days before to 1 day after this run.`;
}
