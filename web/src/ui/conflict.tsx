import type { ChangeSummary, Conflict } from "#contracts/conflict";
import type { RequestError } from "../api/client.ts";
import { VisibleText } from "./command-line.tsx";
import classes from "./conflict.module.css";
import { changeWords } from "./conflict-words.ts";
import { Quoted } from "./quoted.tsx";
import { Moment } from "./time.tsx";

/** The button that gives up a change: after a conflict, what somebody else saved stays. */
export const cancelWord = (error: RequestError | null | undefined): string =>
  error?.details.code === "request.conflict" ? "Keep theirs" : "Cancel";

/** What others changed in the meantime, in words: who did what, when, and their note. */
export function ConflictChanges({ conflict }: { readonly conflict: Conflict }) {
  const { changed, total } = conflict;
  return (
    <>
      <ol className={classes.changes}>
        {changed.map((change) => (
          <li key={`${change.at} ${change.action}`}>
            <Change change={change} />
          </li>
        ))}
      </ol>
      {changed.length < total && <p>{`The latest ${changed.length} of ${total} changes are shown.`}</p>}
      <p>Your change was not saved, and your input is kept.</p>
    </>
  );
}

function Change({ change }: { readonly change: ChangeSummary }) {
  const { did, value, note, facts, others } = changeWords(change);
  const details = [
    ...facts.filter((fact) => fact !== ""),
    ...(others === 0 ? [] : [`${others} other ${others === 1 ? "field" : "fields"}`]),
  ];
  return (
    <>
      <strong>
        <VisibleText text={change.actor} />
      </strong>{" "}
      {did}
      {value !== undefined && (
        <>
          {" "}
          <em>
            <VisibleText text={value} />
          </em>
        </>
      )}{" "}
      at <Moment iso={change.at} precision="minute" />
      {details.length > 0 && (
        <>
          {" ("}
          <VisibleText text={details.join(", ")} />)
        </>
      )}
      {note !== undefined && (
        <blockquote>
          <Quoted text={note} />
        </blockquote>
      )}
    </>
  );
}
