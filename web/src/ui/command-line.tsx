import { Fragment } from "react";
import { Clamped, longText } from "./clamped.tsx";
import classes from "./command-line.module.css";
import { middleEllipsis, visibleParts } from "./visible-text.ts";

/** Text from a log: invisible and bidirectional characters are shown by their code point, and it is never HTML. */
export function VisibleText({ text }: { readonly text: string }) {
  return visibleParts(text).map((part, position) =>
    part.kind === "plain" ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
      <Fragment key={position}>{part.text}</Fragment>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above.
      <span key={position} className={classes.invisible} title="Invisible or reordering character">
        {part.text}
      </span>
    ),
  );
}

/** Splits a text into parts that match one of the fragments (ignoring case) and parts that do not. */
function lit(text: string, fragments: readonly string[]): readonly { readonly text: string; readonly lit: boolean }[] {
  const lower = text.toLowerCase();
  const wanted = fragments.map((fragment) => fragment.toLowerCase()).filter((fragment) => fragment.length > 1);
  const marks = new Uint8Array(text.length);
  for (const fragment of wanted) {
    for (let at = lower.indexOf(fragment); at !== -1; at = lower.indexOf(fragment, at + fragment.length)) {
      marks.fill(1, at, at + fragment.length);
    }
  }
  const parts: { text: string; lit: boolean }[] = [];
  for (let at = 0; at < text.length; at++) {
    const last = parts.at(-1);
    const marked = marks[at] === 1;
    if (last === undefined || last.lit !== marked) {
      parts.push({ text: text.charAt(at), lit: marked });
    } else {
      last.text += text.charAt(at);
    }
  }
  return parts;
}

/** Text from a log of which the parts that match one of the fragments are highlighted. */
export function HighlightedText({ text, matched }: { readonly text: string; readonly matched: readonly string[] }) {
  return lit(text, matched).map((part, position) =>
    part.lit ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
      <mark key={position} className={classes.matched}>
        <VisibleText text={part.text} />
      </mark>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above.
      <VisibleText key={position} text={part.text} />
    ),
  );
}

function endOfLit(parts: ReturnType<typeof lit>): number {
  const last = parts.findLastIndex((part) => part.lit);
  return parts.slice(0, last + 1).reduce((sum, part) => sum + part.text.length, 0);
}

/** Trailing characters of a shortened command line that always stay visible. */
const tailLength = 28;

/**
 * A command line. In lists one line with a middle ellipsis (`short`), elsewhere whole and wrapped,
 * with the matched parts highlighted.
 */
export function CommandLine({
  text,
  short,
  matched = [],
}: {
  readonly text: string;
  readonly short?: number;
  readonly matched?: readonly string[];
}) {
  if (short !== undefined) {
    const shown = middleEllipsis(text, short);
    const cut = Math.max(0, shown.length - tailLength);
    return (
      <code className={classes.short} title={text}>
        <span className={classes.head}>
          <VisibleText text={shown.slice(0, cut)} />
        </span>
        <span className={classes.tail}>
          <bdi dir="ltr">
            <VisibleText text={shown.slice(cut)} />
          </bdi>
        </span>
      </code>
    );
  }
  const parts = lit(text, matched);
  return (
    // Matched parts are evidence and are never truncated.
    <Clamped key={text} length={text.length} initially={endOfLit(parts) > longText}>
      <code className={classes.whole}>
        <HighlightedText text={text} matched={matched} />
      </code>
    </Clamped>
  );
}
