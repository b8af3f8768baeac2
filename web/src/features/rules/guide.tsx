import { type ReactNode, useState } from "react";
import type { RuleDetail } from "#contracts/rule";
import { Lines } from "../../ui/lines.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { mostMarkdown, openingOf, readMarkdown } from "../../ui/markdown-blocks.ts";
import { Section, TextLink } from "../../ui/page.tsx";
import { playbookPath, reasonWords } from "../../ui/playbook-words.ts";
import classes from "./guide.module.css";

/** Guidance for investigating alerts of the rule: playbook and the author's notes. */
export function RuleGuide({ rule: { playbook, guide } }: { readonly rule: RuleDetail }) {
  return (
    <Section title="Guide" aside="playbook and the author's notes">
      <p className={classes.playbook}>
        {playbook === undefined ? (
          "The kind of event decides about the playbook of its alerts."
        ) : (
          <>
            <TextLink to={playbookPath(playbook.id)}>{playbook.title}</TextLink>
            <span>{`Alerts of this rule get it: ${reasonWords(playbook.because)}.`}</span>
          </>
        )}
      </p>
      {guide === undefined ? (
        <p className={classes.none}>The rule file has no investigation guide.</p>
      ) : (
        <AuthorsGuide text={guide} />
      )}
    </Section>
  );
}

/** Characters of a guide shown before it is expanded: roughly the introduction and the first steps. */
const beginning = 1_400;

function AuthorsGuide({ text }: { readonly text: string }) {
  const blocks = readMarkdown(text);
  if (blocks === undefined) {
    return (
      <Opened length={text.length} truncated={text.length > beginning}>
        {(all) => (
          <>
            <p className={classes.none}>
              {`Shown as plain text: longer than ${mostMarkdown.toLocaleString("en")} characters or nested too deeply.`}
            </p>
            <pre className={classes.written}>
              <Lines text={all ? text : text.slice(0, beginning)} />
            </pre>
          </>
        )}
      </Opened>
    );
  }
  const opening = openingOf(blocks, beginning);
  return (
    <Opened length={text.length} truncated={opening !== blocks}>
      {(all) => <Markdown heading={3} blocks={all ? blocks : opening} />}
    </Opened>
  );
}

/** A guide of `length` characters, initially collapsed to its beginning. */
function Opened({
  length,
  truncated,
  children,
}: {
  readonly length: number;
  readonly truncated: boolean;
  readonly children: (all: boolean) => ReactNode;
}) {
  const [all, setAll] = useState(false);
  return (
    <div className={classes.guide}>
      {children(all)}
      {truncated && (
        <button type="button" className={classes.more} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show less" : `Show all ${length.toLocaleString("en")} characters`}
        </button>
      )}
    </div>
  );
}
