import { Fragment } from "react";
import { VisibleText } from "./command-line.tsx";

/** Multi-line text for a `pre`: keeps line breaks and shows other invisible characters. */
export function Lines({ text }: { readonly text: string }) {
  return text.split(/\r?\n/).map((line, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a text never move.
    <Fragment key={at}>
      <VisibleText text={line} />
      {"\n"}
    </Fragment>
  ));
}
