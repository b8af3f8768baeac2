import type { ReactNode } from "react";
import classes from "./pane-section.module.css";

/** A titled section of a pane, with an optional count. `folded` sections start collapsed. */
export function PaneSection({
  title,
  count,
  aside,
  folded,
  toggled,
  children,
}: {
  readonly title: string;
  readonly count?: ReactNode;
  readonly aside?: ReactNode;
  readonly folded?: boolean;
  /** Called when a collapsed section is expanded or collapsed. */
  readonly toggled?: (open: boolean) => void;
  readonly children: ReactNode;
}) {
  const head = (
    <>
      <span className={classes.title}>{title}</span>
      {count !== undefined && <span className={classes.count}>{count}</span>}
      {aside !== undefined && <span className={classes.aside}>{aside}</span>}
    </>
  );
  if (folded === undefined) {
    return (
      <section className={classes.section}>
        <h3 className={classes.head}>{head}</h3>
        {children}
      </section>
    );
  }
  return (
    <details className={classes.section} open={!folded} onToggle={(event) => toggled?.(event.currentTarget.open)}>
      <summary className={classes.head}>{head}</summary>
      {children}
    </details>
  );
}

/** Facts as term and value. */
export function PaneFacts({ children }: { readonly children: ReactNode }) {
  return <dl className={classes.facts}>{children}</dl>;
}

/** One fact; omitted without a value. */
export function Fact({ term, children }: { readonly term: string; readonly children?: ReactNode }) {
  return children === undefined || children === null || children === "" ? null : (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
