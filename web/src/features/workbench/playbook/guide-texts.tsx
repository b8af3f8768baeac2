import { IconNotes } from "@tabler/icons-react";
import type { PlaybookView } from "#contracts/playbook";
import { VisibleText } from "../../../ui/command-line.tsx";
import { MarkdownText } from "../../../ui/markdown-text.tsx";
import classes from "./guide-texts.module.css";

/** What a guide says between its steps, each text folded to its title. */
export function GuideTexts({ texts }: { readonly texts: PlaybookView["texts"] }) {
  return texts.map(({ title, markdown }, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the texts of a guide never move.
    <li key={at} className={classes.text}>
      <details>
        <summary>
          <IconNotes size={14} aria-hidden />
          <VisibleText text={title} />
        </summary>
        <div className={classes.markdown}>
          <MarkdownText text={markdown} heading={3} />
        </div>
      </details>
    </li>
  ));
}
