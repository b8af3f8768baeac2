import { Anchor } from "@mantine/core";
import { IconCheck, IconMinus } from "@tabler/icons-react";
import { Link } from "react-router";
import type { AlertDetail, MatchedPart } from "#contracts/alert";
import { languages } from "#contracts/language";
import { DecodedFields } from "../../../ui/decoded.tsx";
import { FieldValue } from "../../../ui/field-value.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import classes from "./why-fired.module.css";

/**
 * The conditions of the rule with the values that matched, what is encoded in the event, and the query of the rule on
 * demand.
 */
export function WhyFired({
  alert,
  isDecodedAbove = false,
}: {
  readonly alert: AlertDetail;
  /** The command line with what is encoded in it stands above. */
  readonly isDecodedAbove?: boolean;
}) {
  const isMatched = (field: string) => alert.matched.some((part) => part.field === field);
  return (
    <PaneSection
      title="Why the rule fired"
      aside={
        <Anchor component={Link} to={`/rules/${encodeURIComponent(alert.rule.id)}`} size="xs">
          Open rule
        </Anchor>
      }
    >
      <p className={classes.description}>{alert.ruleDetail.description}</p>
      {alert.process.basis === "pid" && (
        <p className={classes.description}>
          The record names its process by id only. One known process had the id {alert.process.pid} at that time, so the
          alert is shown on it.
        </p>
      )}
      {alert.matched.length === 0 ? (
        <p className={classes.description}>The rule does not report which conditions matched.</p>
      ) : (
        [...Map.groupBy(alert.matched, ({ of }) => of)].map(([of, parts]) => (
          <div key={of ?? ""} className={classes.group}>
            {of !== undefined && <h4>{of}</h4>}
            <Conditions parts={parts} />
          </div>
        ))
      )}
      <DecodedFields
        fields={alert.fields}
        isOfInterest={(field) =>
          field === "process.command_line"
            ? !isDecodedAbove
            : field !== "process.parent.command_line" || isMatched(field)
        }
      />
      <details className={classes.query}>
        <summary>
          Rule query ({languages[alert.rule.language].label}, version {alert.rule.version})
        </summary>
        <pre>{alert.ruleDetail.query}</pre>
      </details>
    </PaneSection>
  );
}

function Conditions({ parts }: { readonly parts: readonly MatchedPart[] }) {
  return (
    <ul className={classes.conditions}>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the conditions of one alert never change their order.
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

/** How similar alerts were closed, and how many other alerts its incident, host and user have. */
export function SimilarAlerts({ alert }: { readonly alert: AlertDetail }) {
  const { similar, related } = alert;
  const closed = similar.closed.map(
    ({ reason, count }) => `${count.toLocaleString("en")} closed as ${reason.replace("-", " ")}`,
  );
  const outcomes = [
    ...closed,
    ...(similar.escalated > 0 ? [`${similar.escalated.toLocaleString("en")} escalated`] : []),
  ];
  return (
    <PaneSection title="Similar alerts">
      <p className={classes.description}>
        {similar.total <= 1
          ? "First alert of this rule with this command-line template."
          : `${similar.total.toLocaleString("en")} alerts of this rule with this command-line template on ${similar.hosts.toLocaleString("en")} ${similar.hosts === 1 ? "host" : "hosts"}, ${similar.users.toLocaleString("en")} ${similar.users === 1 ? "user" : "users"}: ${outcomes.length === 0 ? "none closed or escalated yet" : outcomes.join(", ")}.`}
      </p>
      {similar.commandTemplate !== "" && <code className={classes.template}>{similar.commandTemplate}</code>}
      <p className={classes.description}>
        Other alerts: {related.sameIncident.toLocaleString("en")} in this incident,{" "}
        {related.sameHost.toLocaleString("en")} on this host, {related.sameUser.toLocaleString("en")} of this user.
      </p>
    </PaneSection>
  );
}
