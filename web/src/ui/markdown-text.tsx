import { Lines } from "./lines.tsx";
import classes from "./markdown.module.css";
import { Markdown } from "./markdown.tsx";
import { mostMarkdown, readMarkdown } from "./markdown-blocks.ts";

/** A text that was written in Markdown; as it was written where that is too long or nested too deeply. */
export function MarkdownText({ text, heading }: { readonly text: string; readonly heading: 2 | 3 | 4 }) {
  const blocks = readMarkdown(text);
  return blocks === undefined ? (
    <>
      <p className={classes.asWritten}>
        {`Shown as plain text: longer than ${mostMarkdown.toLocaleString("en")} characters or nested too deeply.`}
      </p>
      <pre className={classes.written}>
        <Lines text={text} />
      </pre>
    </>
  ) : (
    <Markdown blocks={blocks} heading={heading} />
  );
}
