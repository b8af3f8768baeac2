import { type ReactNode, useState } from "react";
import classes from "./clamped.module.css";

/** Values longer than this are collapsed; about ten lines of a pane. */
export const longText = 600;

/** A possibly very long log value: its first lines, expandable. `initially` starts expanded. */
export function Clamped({
  length,
  initially = false,
  from = longText,
  children,
}: {
  /** Length of the text in UTF-16 units. */
  readonly length: number;
  readonly initially?: boolean;
  /** Length above which the text is collapsed. */
  readonly from?: number;
  readonly children: ReactNode;
}) {
  const [open, setOpen] = useState(initially);
  if (length <= from) {
    return children;
  }
  return (
    <div className={classes.box}>
      <div className={classes.content} data-open={open || undefined}>
        {children}
      </div>
      <button type="button" className={classes.more} aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Show less" : `Show all ${length.toLocaleString("en")} characters`}
      </button>
    </div>
  );
}
