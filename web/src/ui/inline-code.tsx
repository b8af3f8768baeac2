import { Fragment } from "react";
import { VisibleText } from "./command-line.tsx";

/** A sentence of a guide. Backticks mark code; no other Markdown is interpreted. */
export function InlineCode({ text }: { readonly text: string }) {
  const parts = text.split(/`([^`]+)`/);
  return parts.map((part, index) =>
    index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
      <code key={index}>
        <VisibleText text={part} />
      </code>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above.
      <Fragment key={index}>
        <VisibleText text={part} />
      </Fragment>
    ),
  );
}
