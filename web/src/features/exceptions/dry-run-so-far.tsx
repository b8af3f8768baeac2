import type { DryRunSoFar as SoFar } from "#contracts/exception";
import { Section } from "../../ui/page.tsx";
import { LoadingState } from "../../ui/state.tsx";
import { BreadthView } from "./breadth.tsx";
import classes from "./dry-run-view.module.css";
import { AlertRows } from "./dry-run-view.tsx";

const number = (value: number) => value.toLocaleString("en");

/** What a dry run that has not ended has found: breadth first, then the newest alerts. */
export function DryRunSoFar({ dryRun }: { readonly dryRun: SoFar | undefined }) {
  if (dryRun === undefined) {
    return <LoadingState label="Running the dry run on stored data" rows={10} />;
  }
  const { breadth, tested, closesNow, totals } = dryRun;
  return (
    <>
      <Section title="Breadth">
        <BreadthView breadth={breadth} />
      </Section>
      <Section title="Dry run" aside="running">
        <dl className={classes.totals}>
          <div data-zero={totals.closesNow === 0 || undefined}>
            <dd>{number(totals.closesNow)}</dd>
            <dt>open alerts found until now</dt>
          </div>
          <div data-zero={totals.wouldHide === 0 || undefined}>
            <dd>{number(totals.wouldHide)}</dd>
            <dt>other alerts found until now</dt>
          </div>
          <div>
            <dd>{number(tested)}</dd>
            <dt>alerts tested, the newest first</dt>
          </div>
        </dl>
      </Section>
      {closesNow.length > 0 && (
        <Section title="Newest open alerts" aside={number(closesNow.length)}>
          <AlertRows alerts={closesNow} />
        </Section>
      )}
    </>
  );
}
