import { RequestError } from "../../../api/client.ts";
import { ErrorState } from "../../../ui/state.tsx";
import classes from "./dialogs.module.css";

/** The problem of a refused transition, under a title that says that nothing has changed. */
export function NotChanged({ problem: { details } }: { readonly problem: RequestError }) {
  const title = `Not changed (${details.title.toLowerCase()})`;
  return (
    <div className={classes.problem}>
      <ErrorState error={new RequestError({ ...details, title })} />
    </div>
  );
}
