import classes from "./entry-editor.module.css";

/** How many stored alerts an entry matches on its own. */
export function MatchCount({
  matches,
  isCounting = false,
}: {
  readonly matches: number | undefined;
  /** Whether it is to come: an incomplete draft is not run. */
  readonly isCounting?: boolean | undefined;
}) {
  return (
    <span className={classes.matches} data-ready={matches !== undefined || undefined}>
      {matches === undefined
        ? isCounting
          ? "Counting…"
          : "Not counted"
        : `${matches.toLocaleString("en")} ${matches === 1 ? "alert" : "alerts"}`}
    </span>
  );
}
