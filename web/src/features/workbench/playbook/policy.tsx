import type { PlaybookView } from "#contracts/playbook";
import { InlineCode } from "../../../ui/inline-code.tsx";
import { TextLink } from "../../../ui/page.tsx";
import classes from "./playbook-pane.module.css";

/** What has to be true before the alert may be closed, and what is known to raise it without an attack. */
export function Policy({ view }: { readonly view: PlaybookView }) {
  return (
    <>
      <p className={classes.summary}>
        <InlineCode text={view.summary} />
      </p>
      <h2>Before you close</h2>
      {view.closingPolicy.length === 0 ? (
        <p className={classes.soft}>No requirements beyond the verdict.</p>
      ) : (
        <ul>
          {view.closingPolicy.map((line) => (
            <li key={line}>
              <InlineCode text={line} />
            </li>
          ))}
        </ul>
      )}
      <h2>Known false positives</h2>
      {view.falsePositives.length === 0 ? (
        <p className={classes.soft}>None listed.</p>
      ) : (
        <ul>
          {view.falsePositives.map((line) => (
            <li key={line}>
              <InlineCode text={line} />
            </li>
          ))}
        </ul>
      )}
      {view.relatedRules.length > 0 && (
        <>
          <h2>Related rules</h2>
          <ul>
            {view.relatedRules.map(({ name, id }) => (
              <li key={`${name} ${id}`}>
                {id === undefined ? (
                  <InlineCode text={name} />
                ) : (
                  <TextLink to={`/rules/${encodeURIComponent(id)}`}>{name}</TextLink>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
