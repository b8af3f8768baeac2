import { Button } from "@mantine/core";
import { useId, useLayoutEffect, useRef, useState } from "react";
import type { IncidentComment, IncidentDetail } from "#contracts/incident";
import { useDenial } from "../../../../api/permission.ts";
import { useChange, useRoute } from "../../../../api/queries.ts";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { PermissionNote } from "../../../../ui/permission-note.tsx";
import { EmptyState, ErrorState } from "../../../../ui/state.tsx";
import { Moment } from "../../../../ui/time.tsx";
import classes from "./comments.module.css";
import { mentionAt, mentionParts } from "./mentions.ts";

/** What people say about the incident, and a field to say more. */
export function Comments({ incident }: { readonly incident: IncidentDetail }) {
  const denial = useDenial("triage");
  const { comments } = incident.work;
  return (
    <div className={classes.comments}>
      {comments.length === 0 ? (
        <EmptyState title="No comments" reason="Comments are seen by everybody who works on the incident." />
      ) : (
        <ol aria-label="Comments">
          {comments.map((comment) => (
            <li key={comment.id}>
              <Comment comment={comment} />
            </li>
          ))}
        </ol>
      )}
      {denial === undefined ? (
        <CommentForm incidentKey={incident.key} />
      ) : (
        <PermissionNote action="Commenting" denial={denial} />
      )}
    </div>
  );
}

function Comment({ comment: { actor, at, text, mentions } }: { readonly comment: IncidentComment }) {
  let start = 0;
  return (
    <>
      <p className={classes.by}>
        <strong>
          <VisibleText text={actor} />
        </strong>{" "}
        <Moment iso={at} precision="minute" />
      </p>
      <p className={classes.text}>
        {mentionParts(text, mentions).map((part) => {
          start += part.text.length;
          return part.mentioned ? (
            <mark key={start}>
              <VisibleText text={part.text} />
            </mark>
          ) : (
            <VisibleText key={start} text={part.text} />
          );
        })}
      </p>
    </>
  );
}

/** A comment in the making. `@` offers the people who work here. */
function CommentForm({ incidentKey: key }: { readonly incidentKey: string }) {
  const [text, setText] = useState("");
  const change = useChange("incidentComment");
  const { data: people } = useRoute("assignees", {}, { freshFor: 60_000 });
  const field = useRef<HTMLTextAreaElement>(null);
  const mention = useMention(text, setText, people?.names ?? [], field);
  const listId = useId();
  const send = () => change.mutate({ params: { key }, body: { text: text.trim() } }, { onSuccess: () => setText("") });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {/* Our own field: completing a name needs the caret, which a field that rewrites its text does not keep. */}
      <textarea
        ref={field}
        rows={3}
        maxLength={10_000}
        aria-label="Comment"
        placeholder="Comment: @ mentions somebody"
        aria-autocomplete="list"
        aria-controls={mention.offered.length > 0 ? listId : undefined}
        aria-activedescendant={mention.offered.length > 0 ? `${listId}-${mention.active}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          mention.moveCaret(event.currentTarget.selectionStart);
        }}
        onSelect={(event) => mention.moveCaret(event.currentTarget.selectionStart)}
        onKeyDown={(event) => {
          if (mention.onKey(event.key)) {
            event.preventDefault();
            event.stopPropagation();
          } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && text.trim() !== "") {
            event.preventDefault();
            send();
          }
        }}
      />
      {mention.offered.length > 0 && (
        <div id={listId} role="listbox" aria-label="People" className={classes.people}>
          {mention.offered.map((name, index) => (
            <button
              key={name}
              id={`${listId}-${index}`}
              type="button"
              role="option"
              tabIndex={-1}
              aria-selected={index === mention.active}
              onMouseDown={(event) => {
                event.preventDefault();
                mention.complete(name);
              }}
            >
              <VisibleText text={name} />
            </button>
          ))}
        </div>
      )}
      {change.error !== null && <ErrorState error={change.error} />}
      <Button size="xs" type="submit" loading={change.isPending} disabled={text.trim() === ""} title="Ctrl Enter">
        Comment
      </Button>
    </form>
  );
}

/** Completes the name after the `@` that is being typed. */
function useMention(
  text: string,
  setText: (text: string) => void,
  names: readonly string[],
  field: { readonly current: HTMLTextAreaElement | null },
) {
  const [caret, setCaret] = useState(0);
  const [active, setActive] = useState(0);
  /** The position of an `@` for which nothing shall be offered. */
  const [dismissed, setDismissed] = useState<number>();
  const moveTo = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (moveTo.current !== undefined) {
      field.current?.setSelectionRange(moveTo.current, moveTo.current);
      moveTo.current = undefined;
    }
  });
  const found = mentionAt(text, caret, names);
  const offered = found === undefined || found.from === dismissed ? [] : found.names;
  const complete = (name: string) => {
    if (found !== undefined) {
      const before = `${text.slice(0, found.from)}@${name} `;
      setText(before + text.slice(caret));
      setCaret(before.length);
      setActive(0);
      moveTo.current = before.length;
    }
  };
  /** Whether the key was for the list. */
  const onKey = (key: string): boolean => {
    const name = offered[active];
    if (name === undefined) {
      return false;
    }
    switch (key) {
      case "ArrowDown":
        setActive((active + 1) % offered.length);
        return true;
      case "ArrowUp":
        setActive((active + offered.length - 1) % offered.length);
        return true;
      case "Enter":
      case "Tab":
        complete(name);
        return true;
      case "Escape":
        setDismissed(found?.from);
        return true;
      default:
        return false;
    }
  };
  const moveCaret = (position: number) => {
    setCaret(position);
    setActive(0);
  };
  return { offered, active: Math.min(active, Math.max(0, offered.length - 1)), complete, onKey, moveCaret };
}
