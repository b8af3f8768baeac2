import { Clamped } from "./clamped.tsx";
import { Lines } from "./lines.tsx";
import classes from "./quoted.module.css";

/** Longer texts, in characters or lines, are collapsed. */
const longText = 400;
const manyLines = 7;

export const isLong = (text: string): boolean => text.length > longText || text.split("\n").length > manyLines;

/** What somebody wrote, as it was written; a long text is collapsed. */
export function Quoted({ text }: { readonly text: string }) {
  return (
    <Clamped key={text} length={text.length} from={isLong(text) ? 0 : longText}>
      <pre className={classes.quoted}>
        <Lines text={text} />
      </pre>
    </Clamped>
  );
}
