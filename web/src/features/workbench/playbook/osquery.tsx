import type { ReactNode } from "react";
import type { StepView } from "#contracts/playbook";
import { VisibleText } from "../../../ui/command-line.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Lines } from "../../../ui/lines.tsx";
import classes from "./osquery.module.css";

/** A query to run on the host: Stemma has no agent there, so it is copied. */
export function OsqueryCard({
  query: { label, sql, missing },
  children,
}: {
  readonly query: StepView["osquery"][number];
  /** Its result, once somebody pastes it. */
  readonly children: ReactNode;
}) {
  return (
    <section className={classes.card} aria-label={`osquery: ${label}`}>
      <header>
        <h3>
          <VisibleText text={label} />
        </h3>
        <span className={classes.kind}>osquery, to run on the host</span>
        <CopyButton text={sql} label="Copy the query" />
      </header>
      <pre>
        <Lines text={sql} />
      </pre>
      {missing.length > 0 && <p>{`The alert lacks ${missing.join(", ")}: fill in the value before you run it.`}</p>}
      {children}
    </section>
  );
}
