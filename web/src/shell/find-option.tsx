import {
  IconArrowRight,
  IconBug,
  IconCommand,
  IconFingerprint,
  IconNetwork,
  IconServer2,
  IconTerminal2,
  IconUser,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { FindKind, FoundItem } from "#contracts/find";
import { keyCaps } from "../keyboard/commands.tsx";
import { HighlightedText } from "../ui/command-line.tsx";
import { SeverityMark } from "../ui/marks.tsx";
import { Moment } from "../ui/time.tsx";
import { excerpt } from "../ui/visible-text.ts";
import classes from "./find-bar.module.css";
import type { FindOption } from "./find-options.ts";

const icons: Readonly<Record<Exclude<FindKind, "alert">, typeof IconBug>> = {
  host: IconServer2,
  user: IconUser,
  process: IconTerminal2,
  address: IconNetwork,
  hash: IconFingerprint,
  rule: IconBug,
};

/** Characters of a text around the words that were found in it. */
const EXCERPT = 110;

/** One row of the list. The focus stays in the field: it is chosen by the pointer, or by the keys of the field. */
export function FindOptionRow({
  id,
  option,
  matched,
  selected,
  point,
  choose,
}: {
  readonly id: string;
  readonly option: FindOption;
  readonly matched: readonly string[];
  readonly selected: boolean;
  readonly point: () => void;
  readonly choose: () => void;
}) {
  const disabled = option.kind === "command" ? option.command.disabled : undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys.
    // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus.
    <div
      id={id}
      role="option"
      aria-selected={selected}
      aria-disabled={disabled !== undefined}
      className={classes.option}
      onMouseDown={(event) => event.preventDefault()}
      onMouseMove={selected ? undefined : point}
      onClick={choose}
    >
      {rowOf(option, matched)}
    </div>
  );
}

function rowOf(option: FindOption, matched: readonly string[]): ReactNode {
  switch (option.kind) {
    case "command": {
      const { title, group, ownKeys, keys = ownKeys, disabled } = option.command;
      return (
        <>
          <IconCommand size={15} aria-hidden />
          <span className={classes.label}>
            <HighlightedText text={title} matched={matched} />
          </span>
          <span className={classes.detail}>{disabled ?? group}</span>
          {keys?.[0] !== undefined && <kbd>{keyCaps(keys[0]).join(" ")}</kbd>}
        </>
      );
    }
    case "link":
      return (
        <>
          <IconArrowRight size={15} aria-hidden />
          <span className={classes.label}>
            <HighlightedText text={option.title} matched={[]} />
          </span>
        </>
      );
    case "found":
      return <Found item={option.item} matched={matched} />;
  }
}

function Found({ item, matched }: { readonly item: FoundItem; readonly matched: readonly string[] }) {
  const Icon = item.kind === "alert" ? undefined : icons[item.kind];
  const isCode = ["process", "hash", "address"].includes(item.kind);
  return (
    <>
      {Icon === undefined ? (
        item.severity !== undefined && <SeverityMark severity={item.severity} word={false} />
      ) : (
        <Icon size={15} aria-hidden />
      )}
      <span className={`${classes.label} ${isCode ? "code" : ""}`}>
        <HighlightedText text={item.label} matched={matched} />
      </span>
      <span className={classes.detail}>
        {item.detail !== undefined && <HighlightedText text={item.detail} matched={matched} />}
      </span>
      {item.time !== undefined && (
        <span className={classes.time}>
          <Moment iso={item.time} relative />
        </span>
      )}
      {item.matched !== undefined && (
        <span className={classes.matched}>
          <span>{item.matched.what}</span>
          <code>
            <HighlightedText text={excerpt(item.matched.text, matched, EXCERPT)} matched={matched} />
          </code>
        </span>
      )}
    </>
  );
}
