import type { ShiftTactic } from "#contracts/shift-report";
import { VisibleText } from "../../ui/command-line.tsx";
import { Section } from "../../ui/page.tsx";
import classes from "./report.module.css";
import { count, number } from "./summary.tsx";

/** Tactics as columns in the order of ATT&CK, with the techniques that alerts were raised for. */
export function Matrix({ tactics }: { readonly tactics: readonly ShiftTactic[] }) {
  const most = Math.max(...tactics.flatMap(({ techniques }) => techniques.map(({ alerts }) => alerts)));
  return (
    <Section title="ATT&CK techniques seen" aside="alerts raised in the range, by what their rules name">
      {tactics.length === 0 ? (
        <p className={classes.none}>No alert was raised by a rule that names a technique.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
        <section className={classes.matrixBox} tabIndex={0} aria-label="ATT&CK matrix">
          <ol className={classes.matrix}>
            {tactics.map(({ tactic = "No tactic named", alerts, techniques }) => (
              <li key={tactic}>
                <h3>
                  <VisibleText text={tactic} />
                  <span>{count(alerts, "alert")}</span>
                </h3>
                <ul>
                  {techniques.map(({ id, name, alerts: own, incidents }) => (
                    <li
                      key={id ?? name}
                      data-share={shareOf(own, most)}
                      title={`${count(own, "alert")} in ${count(incidents, "incident")}`}
                    >
                      <span>
                        {id !== undefined && <code>{id}</code>} {id !== name && <VisibleText text={name} />}
                      </span>
                      <strong>{number(own)}</strong>
                    </li>
                  ))}
                </ul>
              </li>
            ))}
          </ol>
        </section>
      )}
    </Section>
  );
}

/** How dark a cell is, on a scale of orders of magnitude: the number itself is in the cell. */
function shareOf(alerts: number, most: number): 1 | 2 | 3 {
  const share = Math.log(1 + alerts) / Math.log(1 + most);
  return share > 0.8 ? 3 : share > 0.4 ? 2 : 1;
}
