import { Fragment } from "react";
import { VisibleText } from "./command-line.tsx";

/** A text of several lines, for a `pre`: its line breaks are line breaks, all else that is invisible in it is shown. */
export function Lines({ text }: { readonly text: string }) {
  return text.split(/\r?\n/).map((line, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one text never change places.
    <Fragment key={at}>
      <VisibleText text={line} />
      {"\n"}
    </Fragment>
  ));
}
