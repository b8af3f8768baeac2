import { Anchor } from "@mantine/core";
import { IconCheck, IconMinus } from "@tabler/icons-react";
import { Link } from "react-router";
import type { AlertDetail, MatchedPart } from "#contracts/alert";
import { languages } from "#contracts/language";
import { FieldValue } from "../../../ui/field-value.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import classes from "./why-fired.module.css";

/** The matched parts of the rule with the values that matched them, the rule itself on demand. */
export function WhyFired({ alert }: { readonly alert: AlertDetail }) {
  return (
    <PaneSection
      title="Why it fired"
      aside={
        <Anchor component={Link} to={`/rules/${encodeURIComponent(alert.rule.id)}`} size="xs">
          the rule
        </Anchor>
      }
    >
      <p className={classes.description}>{alert.ruleDetail.description}</p>
      {alert.matched.length === 0 ? (
        <p className={classes.description}>The rule does not say which of its parts matched.</p>
      ) : (
        [...Map.groupBy(alert.matched, ({ of }) => of)].map(([of, parts]) => (
          <div key={of ?? ""} className={classes.group}>
            {of !== undefined && <h4>{of}</h4>}
            <Parts parts={parts} />
          </div>
        ))
      )}
      <details className={classes.query}>
        <summary>
          The whole rule ({languages[alert.rule.language].label}, version {alert.rule.version})
        </summary>
        <pre>{alert.ruleDetail.query}</pre>
      </details>
    </PaneSection>
  );
}

function Parts({ parts }: { readonly parts: readonly MatchedPart[] }) {
  return (
    <ul className={classes.parts}>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one alert never change places.
        <li key={index} data-outcome={part.outcome || undefined}>
          {part.outcome ? (
            <IconCheck size={14} aria-label="matched" role="img" />
          ) : (
            <IconMinus size={14} aria-label="not matched" role="img" />
          )}
          <div>
            <code className={classes.text}>{part.text}</code>
            {part.field !== undefined && part.values.length > 0 && (
              <div className={classes.values}>
                {part.values.map((value) => (
                  <mark key={value}>
                    <FieldValue field={part.field ?? ""} value={value} />
                  </mark>
                ))}
              </div>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** How alerts of the same rule and shape ended, and what else is alerting around it. */
export function SeenBefore({ alert }: { readonly alert: AlertDetail }) {
  const { similar, related } = alert;
  const closed = similar.closed.map(({ reason, count }) => `${count} closed as ${reason.replace("-", " ")}`);
  const ended = [...closed, ...(similar.escalated > 0 ? [`${similar.escalated} escalated`] : [])];
  return (
    <PaneSection title="Seen before">
      <p className={classes.description}>
        {similar.total <= 1
          ? "This is the first alert of its rule and shape."
          : `${similar.total.toLocaleString("en")} alerts of this rule and shape on ${similar.hosts} ${similar.hosts === 1 ? "host" : "hosts"}, ${similar.users} ${similar.users === 1 ? "user" : "users"}: ${ended.length === 0 ? "none is decided yet" : ended.join(", ")}.`}
      </p>
      {similar.commandTemplate !== "" && <code className={classes.shape}>{similar.commandTemplate}</code>}
      <p className={classes.description}>
        Also alerting: {related.sameIncident} in this work item, {related.sameHost} on the host, {related.sameUser} of
        the user.
      </p>
    </PaneSection>
  );
}
