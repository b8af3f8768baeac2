import { Tabs } from "@mantine/core";
import { useEffect, useState } from "react";
import type { StepView } from "#contracts/playbook";
import { useRoutes } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { Outcome, QueryCard, stepQueryCall } from "./query-card.tsx";
import classes from "./step-queries.module.css";
import type { PlaybookState } from "./use-playbook.ts";

/** The queries of a step. Of several one is shown, and what all of them came to. */
export function StepQueries({ playbook, step }: { readonly playbook: PlaybookState; readonly step: StepView }) {
  const { queries } = step;
  const [only] = queries;
  if (only === undefined) {
    return null;
  }
  return (
    <div className={classes.queries}>
      {queries.length === 1 ? (
        <QueryCard playbook={playbook} query={only} />
      ) : (
        <QueryTabs playbook={playbook} queries={queries} first={only.id} />
      )}
    </div>
  );
}

function QueryTabs({
  playbook,
  queries,
  first,
}: {
  readonly playbook: PlaybookState;
  readonly queries: StepView["queries"];
  readonly first: string;
}) {
  const runs = useRoutes(
    "stepQuery",
    queries.map(({ id }) => stepQueryCall(playbook, id)),
  );
  const { place } = playbook.returning;
  const [shown, show] = useState<string | null>(first);
  // Back from tree, timeline or Hunt, at the query that the row is of.
  const wanted = queries.find(({ id }) => id === place?.query)?.id;
  useEffect(() => {
    if (wanted !== undefined) {
      show(wanted);
    }
  }, [wanted]);
  return (
    <Tabs className={classes.tabs} value={shown} onChange={show} keepMounted={false}>
      <Tabs.List aria-label="Queries">
        {queries.map(({ id, label }, index) => {
          const run = runs[index]?.data;
          return (
            <Tabs.Tab key={id} value={id} title={label}>
              <span className={classes.tab}>
                <span className={classes.label}>
                  <VisibleText text={label} />
                </span>
                {run !== undefined && <Outcome run={run} />}
              </span>
            </Tabs.Tab>
          );
        })}
      </Tabs.List>
      {queries.map((query) => (
        <Tabs.Panel key={query.id} value={query.id} className={classes.panel}>
          <QueryCard playbook={playbook} query={query} titled={false} />
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
