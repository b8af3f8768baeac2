import type { Conflict } from "#contracts/conflict";
import { VisibleText } from "./command-line.tsx";
import classes from "./conflict.module.css";
import { Moment } from "./time.tsx";

/** What others changed in the meantime: who, when, and the values before and after. */
export function ConflictChanges({ conflict }: { readonly conflict: Conflict }) {
  const { changed, total } = conflict;
  return (
    <>
      <ol className={classes.changes}>
        {changed.map(({ at, actor, action, fields }) => (
          <li key={`${at} ${action}`}>
            <b>
              <VisibleText text={actor} />
            </b>{" "}
            <Moment iso={at} precision="second" />
            <ul>
              {fields.map(({ field, before, after }) => (
                <li key={field}>
                  {field}: <VisibleText text={textOf(before)} /> → <VisibleText text={textOf(after)} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      {changed.length < total && <p>{`The latest ${changed.length} of ${total} changes are shown.`}</p>}
      <p>Nothing was saved, and your input is kept. Sending it again makes your change on top of these.</p>
    </>
  );
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "none";
    case "string":
      return value === "" ? "none" : value;
    default:
      return JSON.stringify(value);
  }
}
