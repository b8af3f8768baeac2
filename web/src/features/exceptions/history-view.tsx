import type { ExceptionRecord } from "#contracts/exception";
import { useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { Section, TextLink } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./exception-page.module.css";

const most = 100;

const actions: Readonly<Record<string, string>> = {
  "exception.save": "Saved",
  "exception.edit": "Edited",
  "exception.disable": "Disabled",
  "exception.enable": "Enabled",
  "exception.delete": "Deleted",
  "exception.give-back": "Gave back",
};

/** What was done to an exception, with who, why and what changed. */
export function HistoryView({ record }: { readonly record: ExceptionRecord }) {
  const versions = useRoute(
    "exceptionVersions",
    { params: { id: record.id }, query: { limit: most } },
    { fallback: 15_000 },
  );
  const audit = `/audit?kind=exception&id=${encodeURIComponent(record.id)}`;
  return (
    <Section title="History" aside={<TextLink to={audit}>Audit trail</TextLink>}>
      <Loaded query={versions} label="Loading the history" rows={3}>
        {({ items, total }) => (
          <>
            <ol className={classes.history} aria-label="Changes, newest first">
              {items.map(({ at, actor, action, reason, version, changes }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: records are only ever added before the others.
                <li key={total - index}>
                  <p>
                    <strong>{actions[action] ?? action}</strong>
                    {version !== undefined && <span>version {version}</span>}
                    <VisibleText text={actor} />
                    <Moment iso={at} />
                  </p>
                  {reason !== undefined && reason !== "" && (
                    <p className={classes.reason}>
                      <VisibleText text={reason} />
                    </p>
                  )}
                  <ul>
                    {changes.map((change) => (
                      <li key={change}>
                        <VisibleText text={change} />
                      </li>
                    ))}
                  </ul>
                </li>
              ))}
            </ol>
            {items.length === 0 && <p className={classes.reason}>The audit trail has no record of this exception.</p>}
            {total > items.length && (
              <p className={classes.reason}>{`${items.length} of ${total.toLocaleString("en")} changes.`}</p>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}
