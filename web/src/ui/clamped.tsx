import { type ReactNode, useState } from "react";
import classes from "./clamped.module.css";

/** Characters from which on a value is cut to its first lines: about as many as ten lines of a pane hold. */
export const longText = 600;

/** A value from a log that may be very long: its first lines, and all of it when asked for. `initially` opens it at once. */
export function Clamped({
  length,
  initially = false,
  from = longText,
  children,
}: {
  /** Of the text, in UTF-16 units. */
  readonly length: number;
  readonly initially?: boolean;
  /** Length from which on it is cut. */
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
        {open ? "Show the beginning alone" : `Show all ${length.toLocaleString("en")} characters`}
      </button>
    </div>
  );
}
