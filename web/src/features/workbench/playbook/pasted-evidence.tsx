import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconClipboardText, IconX } from "@tabler/icons-react";
import { type ClipboardEvent, type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from "react";
import { type Attachment, attachmentLimits, utf8Length } from "#contracts/attachment";
import type { Answer, StepView } from "#contracts/playbook";
import { useRoute } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Loaded } from "../../../ui/state.tsx";
import { Moment } from "../../../ui/time.tsx";
import { VisibleTextInput } from "../../../ui/visible-input.tsx";
import { type DraftAttachment, editing, number, recorded, tooLarge } from "./attachments.ts";
import classes from "./pasted-evidence.module.css";
import { PastedText, Preview } from "./pasted-text.tsx";
import type { PlaybookState } from "./use-playbook.ts";

/** Results from outside of Stemma that are attached to the answer of a step. See docs/decisions/0079. */
export function PastedEvidence({ playbook, step }: { readonly playbook: PlaybookState; readonly step: StepView }) {
  const { denial } = playbook;
  const all = denial === undefined ? (playbook.draft?.attachments ?? []) : recorded(step.answer?.attachments);
  const here = all.map((one, at) => ({ one, at }));
  const change = (at: number, next: DraftAttachment | undefined) =>
    playbook.edit({ attachments: all.flatMap((one, place) => (place === at ? (next ?? []) : one)) });
  const excess = tooLarge(all);
  return all.length === 0 ? null : (
    <section className={classes.pasted} aria-label="Attachments">
      {here.map(({ one, at }) =>
        one.kind === "pasted" ? (
          <Pasting key={at} playbook={playbook} one={one} change={(next) => change(at, next)} />
        ) : (
          <Recorded
            key={at}
            attachment={one.attachment}
            answer={step.answer}
            remove={denial === undefined ? () => change(at, undefined) : undefined}
          />
        ),
      )}
      {excess !== undefined && (
        <p role="alert" className={classes.excess}>
          {excess}
        </p>
      )}
    </section>
  );
}

/** Opens a field for the result of an osquery query, or for any other one. Nobody else than who may answer has it. */
export function PasteButton({
  playbook,
  query,
}: {
  readonly playbook: PlaybookState;
  /** The label of the osquery query whose result it is. */
  readonly query?: string;
}) {
  const isFull = (playbook.draft?.attachments ?? []).length >= attachmentLimits.perAnswer;
  const what =
    query === undefined
      ? "A reputation, a mail, what the user said, the output of another tool (X)"
      : "What the query returned on the host (X)";
  return playbook.denial !== undefined ? null : (
    <button
      type="button"
      className={classes.open}
      disabled={isFull}
      title={isFull ? `An answer can have ${attachmentLimits.perAnswer} attachments` : what}
      onClick={() => playbook.paste(query)}
    >
      <IconClipboardText size={13} aria-hidden />
      {query === undefined ? "Paste a result" : "Paste its result"}
    </button>
  );
}

/** A text that is being pasted: it is kept as a draft, and saved with the answer. */
function Pasting({
  playbook,
  one,
  change,
}: {
  readonly playbook: PlaybookState;
  readonly one: Extract<DraftAttachment, { kind: "pasted" }>;
  readonly change: (next: DraftAttachment | undefined) => void;
}) {
  const { title, source, text } = one;
  const field = useRef<HTMLTextAreaElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const [refused, setRefused] = useState<string>();
  const shown = useDeferredValue(text);
  const { field: shownField, back } = editing(text);
  const bytes = utf8Length(text);
  const isOver = bytes > attachmentLimits.bytes;
  const { pasting } = playbook;
  useEffect(() => {
    if (pasting.current !== undefined && pasting.current.source === source && text === "") {
      pasting.current = undefined;
      field.current?.focus();
    }
  });
  const isEmpty = shown === "";
  // What it is read as appears below, where the answers would hide it.
  useEffect(() => {
    if (!isEmpty && field.current === document.activeElement) {
      box.current?.scrollIntoView({ block: "nearest" });
    }
  }, [isEmpty]);
  const put = (next: string) => {
    setRefused(undefined);
    change({ ...one, text: next });
  };
  /** Takes the text from the clipboard where the field would change it, and refuses what is much too large. */
  const paste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const pasted = event.clipboardData.getData("text/plain");
    const { selectionStart, selectionEnd, value } = event.currentTarget;
    const next = `${back(value.slice(0, selectionStart))}${pasted}${back(value.slice(selectionEnd))}`;
    const size = utf8Length(next);
    if (size > attachmentLimits.bytes) {
      event.preventDefault();
      setRefused(
        `Not pasted: the text would have ${number(size)} bytes, and an attachment can have ${number(attachmentLimits.bytes)}. Paste a part of it.`,
      );
    } else if (/[\r\0]/.test(pasted)) {
      event.preventDefault();
      put(next);
    }
  };
  const keys = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const value = playbook.draft?.value;
    if (event.key === "Escape") {
      event.currentTarget.blur();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && value !== undefined) {
      event.preventDefault();
      void playbook.save(value);
    }
  };
  return (
    <div ref={box} className={classes.pasting}>
      <div className={classes.line}>
        <VisibleTextInput
          className={classes.title}
          size="xs"
          aria-label="Title of the attachment"
          maxLength={attachmentLimits.title}
          value={title}
          change={(next) => change({ ...one, title: next })}
        />
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          aria-label={`Remove ${title}`}
          onClick={() => change(undefined)}
        >
          Remove
        </Button>
      </div>
      <textarea
        ref={field}
        aria-label={`Pasted text: ${title}`}
        aria-describedby={id}
        aria-invalid={isOver || undefined}
        rows={text === "" ? 3 : 4}
        spellCheck={false}
        placeholder="Paste the result here: JSON, CSV, a table, or any text. It is kept exactly as pasted."
        value={shownField}
        onChange={(event) => put(back(event.currentTarget.value))}
        onPaste={paste}
        onKeyDown={keys}
      />
      <p id={id} className={classes.size} data-over={isOver || undefined}>
        {number(bytes)} of {number(attachmentLimits.bytes)} bytes
        {isOver ? ": too large to be saved" : text === "" ? "" : " · saved with your answer"}
      </p>
      {refused !== undefined && (
        <p role="alert" className={classes.excess}>
          {refused}
        </p>
      )}
      <Preview title={title} text={shown} />
    </div>
  );
}

/** An attachment of the recorded answer, folded to a line: what it is, how large, who attached it, and its hash. */
function Recorded({
  attachment: { title, sha256, bytes },
  answer,
  remove,
}: {
  readonly attachment: Attachment;
  readonly answer: Answer | undefined;
  readonly remove?: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const Icon = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <div className={classes.recorded}>
      <div className={classes.line}>
        <button type="button" className={classes.fold} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon size={13} aria-hidden />
          <span>
            <VisibleText text={title} />
          </span>
        </button>
        <span className={classes.facts}>
          <span>
            {number(bytes)} {bytes === 1 ? "byte" : "bytes"}
            {answer !== undefined && (
              <>
                {" · "}
                <VisibleText text={answer.actor} />, <Moment iso={answer.at} precision="minute" />
              </>
            )}
            {" · "}
            <code title={`SHA-256 ${sha256}`}>{sha256.slice(0, 8)}</code>
          </span>
          <CopyButton text={sha256} label={`Copy the SHA-256 of ${title}`} />
          {remove !== undefined && (
            <button type="button" className={classes.remove} aria-label={`Remove ${title}`} onClick={remove}>
              <IconX size={12} aria-hidden />
            </button>
          )}
        </span>
      </div>
      {isOpen && <RecordedText title={title} sha256={sha256} />}
    </div>
  );
}

function RecordedText({ title, sha256 }: { readonly title: string; readonly sha256: string }) {
  // A text never changes under its hash.
  const text = useRoute("attachedText", { params: { hash: sha256 } }, { freshFor: Number.POSITIVE_INFINITY });
  return (
    <Loaded query={text} label={`Loading ${title}`} rows={2}>
      {(data) => <PastedText title={title} text={data.text} />}
    </Loaded>
  );
}
