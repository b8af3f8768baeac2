import classes from "./entry-editor.module.css";

/** How many stored alerts an entry matches on its own. */
export function MatchCount({ matches }: { readonly matches: number | undefined }) {
  return (
    <span className={classes.matches} data-ready={matches !== undefined || undefined}>
      {matches === undefined ? "Counting…" : `${matches.toLocaleString("en")} ${matches === 1 ? "alert" : "alerts"}`}
    </span>
  );
}
