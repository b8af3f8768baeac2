import { type ReactNode, useState } from "react";
import type { RuleDetail } from "#contracts/rule";
import { Lines } from "../../ui/lines.tsx";
import { Markdown } from "../../ui/markdown.tsx";
import { mostMarkdown, openingOf, readMarkdown } from "../../ui/markdown-blocks.ts";
import { Section, TextLink } from "../../ui/page.tsx";
import classes from "./guide.module.css";

/** What helps to investigate an alert of the rule: the playbook that serves it, and what its author wrote. */
export function RuleGuide({ rule: { playbook, guide } }: { readonly rule: RuleDetail }) {
  return (
    <Section title="Guide" aside="the playbook that serves it, and what its author wrote">
      <p className={classes.playbook}>
        {playbook === undefined ? (
          "No playbook is loaded for it."
        ) : (
          <>
            <TextLink to="/playbooks">{playbook.title}</TextLink>
            <span>{playbook.own ? "is written for it." : "serves every rule without a playbook of its own."}</span>
          </>
        )}
      </p>
      {guide === undefined ? (
        <p className={classes.none}>Its author wrote no guide into its file.</p>
      ) : (
        <AuthorsGuide text={guide} />
      )}
    </Section>
  );
}

/** Characters of a guide that are shown before all of it is asked for: what it is about and the first steps. */
const beginning = 1_400;

function AuthorsGuide({ text }: { readonly text: string }) {
  const blocks = readMarkdown(text);
  if (blocks === undefined) {
    return (
      <Opened length={text.length} cut={text.length > beginning}>
        {(all) => (
          <>
            <p className={classes.none}>
              {`It is shown as it is written, because it is longer than ${mostMarkdown.toLocaleString("en")} characters or nests too deep to be laid out.`}
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
    <Opened length={text.length} cut={opening !== blocks}>
      {(all) => <Markdown heading={3} blocks={all ? blocks : opening} />}
    </Opened>
  );
}

/** A guide of `length` characters, at first `cut` to its beginning. */
function Opened({
  length,
  cut,
  children,
}: {
  readonly length: number;
  readonly cut: boolean;
  readonly children: (all: boolean) => ReactNode;
}) {
  const [all, setAll] = useState(false);
  return (
    <div className={classes.guide}>
      {children(all)}
      {cut && (
        <button type="button" className={classes.more} aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show its beginning alone" : `Show all ${length.toLocaleString("en")} characters of the guide`}
        </button>
      )}
    </div>
  );
}
