import { useState } from "react";
import type { ProcessNode } from "#contracts/lineage";
import type { Comparison as Compared } from "#contracts/related-processes";
import { useRoute } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { prevalenceWords } from "../lineage/words.ts";
import classes from "./relatives.module.css";

/** The children of a process beside those of other runs of its image: what is normal for it, what is new. */
export function Comparison({ node }: { readonly node: ProcessNode }) {
  const [open, setOpen] = useState(false);
  return (
    <PaneSection title="Beside other runs" folded toggled={setOpen}>
      {open && <Answer node={node} />}
    </PaneSection>
  );
}

function Answer({ node }: { readonly node: ProcessNode }) {
  const found = useRoute("comparison", { params: { key: node.key } });
  return (
    <Loaded query={found} label="Comparing with other runs" rows={4}>
      {(compared) => (
        <>
          <p className={classes.soft}>{comparedWith(compared)}</p>
          {compared.children.length > 0 && (
            <table className={classes.table} aria-label="Kinds of children">
              <thead>
                <tr>
                  <th scope="col">Child</th>
                  <th scope="col">Here</th>
                  <th scope="col">This host</th>
                  <th scope="col">All hosts</th>
                  <th scope="col">First seen</th>
                </tr>
              </thead>
              <tbody>
                {compared.children.map((kind) => (
                  <tr key={kind.childGroup} data-rarity={kind.prevalence}>
                    <td title={kind.commandTemplate}>
                      <span className={classes.rarity} data-rarity={kind.prevalence}>
                        {prevalenceWords[kind.prevalence]}
                      </span>{" "}
                      <VisibleText text={kind.name ?? "unnamed"} />
                      <code>
                        <VisibleText text={(kind.commandTemplate ?? "").slice(0, 160)} />
                      </code>
                    </td>
                    <td>{kind.total.toLocaleString("en")}</td>
                    <td>{share(kind.onHost, compared.onHost.compared)}</td>
                    <td>{share(kind.everywhere, compared.everywhere.compared)}</td>
                    <td>
                      {kind.seen.first !== undefined && <Moment iso={kind.seen.first} />}
                      <span className={classes.soft}> {kind.seen.total.toLocaleString("en")} in all</span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {compared.missing.length > 0 && (
            <p className={classes.soft}>
              Usual, but not here:{" "}
              {compared.missing.map((kind, index) => (
                <span key={kind.childGroup} title={kind.commandTemplate}>
                  {index > 0 && ", "}
                  <VisibleText text={kind.name ?? "unnamed"} /> ({share(kind.everywhere, compared.everywhere.compared)})
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

const share = (runs: number, of: number) => (of === 0 ? "no other run" : `${runs} of ${of}`);

function comparedWith({ name, onHost, everywhere }: Compared): string {
  const runs = (part: { readonly compared: number; readonly total: number }) =>
    part.compared === part.total
      ? part.total.toLocaleString("en")
      : `${part.compared.toLocaleString("en")} of ${part.total.toLocaleString("en")}`;
  if (everywhere.compared === 0) {
    return `No other run of ${name ?? "this image"} is known in the thirty days before it.`;
  }
  const hosts = `${everywhere.hosts} ${everywhere.hosts === 1 ? "host" : "hosts"}`;
  return `Compared with ${runs(onHost)} other runs of ${name ?? "this image"} on this host and ${runs(everywhere)} on ${hosts}, from thirty days before it to a day after.`;
}
