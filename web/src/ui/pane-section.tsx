import type { ReactNode } from "react";
import classes from "./section.module.css";

/** A titled part of a pane. With `count` it says how many there are; `folded` ones open on demand. */
export function Section({
  title,
  count,
  aside,
  folded,
  children,
}: {
  readonly title: string;
  readonly count?: ReactNode;
  readonly aside?: ReactNode;
  readonly folded?: boolean;
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
    <details className={classes.section} open={!folded}>
      <summary className={classes.head}>{head}</summary>
      {children}
    </details>
  );
}

/** Facts as term and value; a fact without a value is left out. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [term: string, value: ReactNode | undefined])[];
}) {
  return (
    <dl className={classes.facts}>
      {facts.map(([term, value]) =>
        value === undefined ? null : (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
