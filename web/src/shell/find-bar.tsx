import { Loader } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle, IconSearch } from "@tabler/icons-react";
import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useRoute } from "../api/queries.ts";
import { keyCaps, useAllCommands } from "../keyboard/commands.tsx";
import classes from "./find-bar.module.css";
import { FindOptionRow } from "./find-option.tsx";
import { type FindOption, sectionsFor, startSections, words } from "./find-options.ts";
import { addRecent, recentOf } from "./recent.ts";

/** Milliseconds after the last key until the server is asked. */
const PAUSE = 90;
/** As the server has it: less finds nothing. */
const LEAST = 2;

/**
 * The search of the top bar, which is also the command palette: what is typed finds commands and pages at once, and
 * alerts, hosts, users, programs, addresses, hashes and rules on the server.
 */
export function FindBar({
  field,
  person,
}: {
  readonly field: RefObject<HTMLInputElement | null>;
  /** Whose recent choices are offered. */
  readonly person: string;
}) {
  const id = useId();
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const list = useRef<HTMLDivElement>(null);
  const before = useRef<HTMLElement | undefined>(undefined);
  const { sections, state, retry } = useSections(text, open, person);
  const options = sections.flatMap((section) => section.options);
  const selected = options[Math.min(at, options.length - 1)];
  // By its place: what was found is in the key, and ids have no spaces.
  const optionId = (option: FindOption) => `${id}-${options.indexOf(option)}`;
  // Enter before the server has answered means what it will answer, not what is listed meanwhile.
  const [isAwaited, setIsAwaited] = useState(false);

  const close = (back: boolean) => {
    setOpen(false);
    setText("");
    setIsAwaited(false);
    field.current?.blur();
    if (back) {
      before.current?.focus();
    }
  };
  const choose = (option: FindOption | undefined) => {
    if (option === undefined || (option.kind === "command" && option.command.disabled !== undefined)) {
      return;
    }
    close(option.kind === "command");
    if (option.kind === "command") {
      option.command.run();
      return;
    }
    if (option.kind === "found") {
      addRecent(person, option.item);
    }
    void navigate(option.path);
  };
  useEffect(() => {
    if (isAwaited && state !== "loading") {
      setIsAwaited(false);
      choose(selected);
    }
  });
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView?.({ block: "nearest" });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      setOpen(true);
      setAt(options.length === 0 ? 0 : (Math.min(at, options.length - 1) + move + options.length) % options.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (state === "loading" && at === 0 && selected?.kind !== "command") {
        setIsAwaited(true);
      } else {
        choose(selected);
      }
    } else if (event.key === "Escape") {
      event.preventDefault();
      if (text === "") {
        close(true);
      } else {
        setText("");
        setAt(0);
      }
    }
  };

  return (
    <search
      className={classes.find}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) {
          setOpen(false);
        }
      }}
    >
      <div className={classes.field}>
        <IconSearch size={15} aria-hidden />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label="Find anything or run a command"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && selected !== undefined ? optionId(selected) : undefined}
          placeholder="Find anything or run a command"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={text}
          onFocus={({ relatedTarget }) => {
            before.current = relatedTarget instanceof HTMLElement ? relatedTarget : undefined;
            setOpen(true);
            setAt(0);
          }}
          onMouseDown={() => setOpen(true)}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setOpen(true);
            setAt(0);
            setIsAwaited(false);
          }}
          onKeyDown={onKeyDown}
        />
        {state === "loading" ? <Loader size={14} aria-label="Searching" /> : <kbd>{keyCaps("mod+k").join(" ")}</kbd>}
      </div>
      {open && (
        <div className={classes.results}>
          <div
            ref={list}
            id={`${id}-list`}
            role="listbox"
            aria-label="Results"
            aria-busy={state === "loading"}
            className={classes.list}
          >
            {sections.map((section) => (
              // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a listbox.
              <div key={section.title} role="group" aria-label={section.title} className={classes.section}>
                <div className={classes.title} role="presentation">
                  <span>{section.title}</span>
                  {section.note !== undefined && <span>{section.note}</span>}
                </div>
                {section.options.map((option) => (
                  <FindOptionRow
                    key={option.key}
                    id={optionId(option)}
                    option={option}
                    matched={words(text)}
                    selected={option === selected}
                    point={() => setAt(options.indexOf(option))}
                    choose={() => choose(option)}
                  />
                ))}
              </div>
            ))}
          </div>
          <FindState state={state} text={text} retry={retry} />
        </div>
      )}
    </search>
  );
}

type State = "start" | "loading" | "failed" | "nothing" | "found";

/** What is offered for the text, and how the search for it stands. */
function useSections(text: string, open: boolean, person: string) {
  const commands = useAllCommands();
  const trimmed = text.trim();
  const [asked] = useDebouncedValue(trimmed, PAUSE);
  const isAsking = trimmed.length >= LEAST && open;
  const query = useRoute(
    "find",
    { query: { q: asked } },
    { enabled: isAsking && asked.length >= LEAST, keep: true, freshFor: 5_000 },
  );
  const isCurrent = asked === trimmed && query.data !== undefined && !query.isPlaceholderData;
  const groups = isAsking ? query.data?.groups : undefined;
  const sections = useMemo(
    () =>
      trimmed === ""
        ? startSections(open ? recentOf(person) : [], commands)
        : sectionsFor(trimmed, commands, groups ?? []),
    [trimmed, commands, groups, open, person],
  );
  const state: State = !isAsking
    ? "start"
    : query.error !== null && asked === trimmed
      ? "failed"
      : !isCurrent
        ? "loading"
        : query.data?.groups.length === 0
          ? "nothing"
          : "found";
  return { sections, state, retry: () => void query.refetch() };
}

function FindState({
  state,
  text,
  retry,
}: {
  readonly state: State;
  readonly text: string;
  readonly retry: () => void;
}) {
  switch (state) {
    case "failed":
      return (
        <p className={classes.state} role="alert">
          <IconAlertTriangle size={14} aria-hidden />
          Only commands and pages are listed: the server did not answer.
          <button type="button" onMouseDown={(event) => event.preventDefault()} onClick={retry}>
            Try again
          </button>
        </p>
      );
    case "nothing":
      return (
        <p className={classes.state} role="status">
          No alert, host, user, program, address, hash or rule matches “{text.trim()}”. Events are searched in Hunt.
        </p>
      );
    case "start":
      return (
        <p className={classes.state}>
          {text.trim() === ""
            ? "Type a name, a word of a command line, a hash, an address, a rule or a command."
            : "Type one more character to search alerts, hosts, users, programs and rules."}
        </p>
      );
    case "loading":
    case "found":
      return (
        <p className={classes.state}>
          <kbd>↑</kbd> <kbd>↓</kbd> to choose, <kbd>Enter</kbd> to open, <kbd>Esc</kbd> to leave. Hashes and addresses
          are found by their beginning; events in Hunt.
        </p>
      );
  }
}
