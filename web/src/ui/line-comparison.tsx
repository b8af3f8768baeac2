import type { ComparedLine } from "#contracts/compared-line";
import { VisibleText } from "./command-line.tsx";
import classes from "./line-comparison.module.css";
import { Section } from "./page.tsx";

/** The lines of two texts; those that only one of them has are marked. */
export function LineComparison({ lines }: { readonly lines: readonly ComparedLine[] }) {
  const changed = lines.filter(({ side }) => side !== "both").length;
  return (
    <Section
      title="Text"
      aside={
        changed === 0
          ? "identical"
          : `${changed.toLocaleString("en")} ${changed === 1 ? "line differs" : "lines differ"}`
      }
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className={classes.lines} tabIndex={0} aria-label="Line comparison">
        <table>
          <thead>
            <tr>
              <th scope="col">Left</th>
              <th scope="col">Right</th>
              <th scope="col">Side</th>
              <th scope="col">Line</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ side, line, left, right }) => (
              <tr key={`${left ?? ""} ${right ?? ""} ${side}`} data-side={side}>
                <td>{left ?? ""}</td>
                <td>{right ?? ""}</td>
                <td>{side === "both" ? "" : side === "left" ? "−" : "+"}</td>
                <td>
                  <code>
                    <VisibleText text={line} />
                  </code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Section>
  );
}
