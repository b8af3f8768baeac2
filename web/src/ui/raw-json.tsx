import { VisibleText } from "./command-line.tsx";
import { CopyButton } from "./copy-button.tsx";
import classes from "./raw-json.module.css";

const mostLines = 2000;

/** An original record as indented JSON text with invisible characters made visible. */
export function RawJson({ value, label }: { readonly value: unknown; readonly label: string }) {
  const text = JSON.stringify(value, undefined, 2) ?? "undefined";
  const lines = text.split("\n");
  return (
    <div className={classes.frame}>
      <div className={classes.copy}>
        <CopyButton text={text} label={`Copy ${label}`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <section className={classes.text} tabIndex={0} aria-label={label}>
        {lines.slice(0, mostLines).map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a record never move.
          <div key={index}>
            <VisibleText text={line} />
          </div>
        ))}
        {lines.length > mostLines && (
          <div>
            … {lines.length - mostLines} more lines of {lines.length}: copy the record to see them all
          </div>
        )}
      </section>
    </div>
  );
}
