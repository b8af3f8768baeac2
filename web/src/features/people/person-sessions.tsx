import type { Person } from "#contracts/people";
import { useChange, useRoute } from "../../api/queries.ts";
import { SessionTable } from "../../ui/session-table.tsx";
import { ErrorState, Loaded } from "../../ui/state.tsx";
import classes from "./people.module.css";

/** The open sessions of a person, each of which an administrator can end. */
export function PersonSessions({ person }: { readonly person: Person }) {
  const sessions = useRoute("personSessions", { params: { id: person.id } });
  const end = useChange("endSession");
  return (
    <div className={classes.sessions}>
      <Loaded query={sessions} label={`Loading the sessions of ${person.name}`} rows={2}>
        {({ items }) => (
          <SessionTable
            label={`Open sessions of ${person.name}`}
            sessions={items}
            empty={person.state === "disabled" ? "Disabled people have no sessions." : "Signed in nowhere."}
            end={({ id }) => end.mutate({ params: { id: person.id, session: id }, body: {} })}
            ending={end.isPending ? end.variables.params?.["session"] : undefined}
          />
        )}
      </Loaded>
      {end.error !== null && <ErrorState error={end.error} retry={end.reset} />}
    </div>
  );
}
