import { Fragment } from "react";
import { useParams } from "react-router";
import { useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { SeverityMark } from "../../ui/marks.tsx";
import { DayBars, Facts, Page, Section, Table, TextLink } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./rules.module.css";

export function RulePage() {
  const { id = "" } = useParams();
  const rule = useRoute("rule", { params: { id } });
  return (
    <Loaded query={rule} label="Loading the rule" rows={10}>
      {(data) => (
        <Page
          kind={data.buildingBlock ? "Rule · building block: feeds the graph, stays out of the queue" : "Rule"}
          title={data.name}
          facts={
            <Facts
              entries={[
                ["severity", <SeverityMark key="severity" severity={data.severity} />],
                ["risk", data.riskScore],
                ["language", data.language],
                ["version", data.version],
                [
                  "alerts",
                  <TextLink
                    key="alerts"
                    to={`/queue?group=none&rule=${encodeURIComponent(data.id)}&status=${data.buildingBlock ? "&buildingBlocks=true" : ""}`}
                  >
                    {String(data.alerts)}
                  </TextLink>,
                ],
                ["exceptions", data.exceptions],
                ["source", <code key="source">{data.source}</code>],
                ["author", data.author.join(", ") || "not named"],
                ["licence", data.license ?? "not named"],
              ]}
            />
          }
        >
          <p className={classes.description}>{data.description}</p>
          {!data.evaluable && (
            <p className={classes.warning}>{`This rule is not run: ${data.reason ?? "no reason given"}`}</p>
          )}
          <Section title="ATT&CK">
            <Table
              label="Techniques"
              rows={data.techniques}
              keyOf={(technique) => `${technique.id} ${technique.tactic ?? ""}`}
              empty="The rule names no technique."
              columns={[
                { title: "Technique", cell: (technique) => technique.id },
                { title: "Name", cell: (technique) => technique.name },
                { title: "Tactic", wide: true, cell: (technique) => technique.tactic ?? "" },
              ]}
            />
          </Section>
          <Section title="What it asks" aside={`${data.predicates.length} predicates, all must hold`}>
            <ol className={classes.predicates}>
              {data.predicates.map((predicate) => (
                <li key={predicate.text}>
                  <code>
                    <VisibleText text={predicate.text} />
                  </code>
                </li>
              ))}
            </ol>
          </Section>
          <Section title="Query as written">
            <pre className={classes.query}>
              {data.query.split("\n").map((line, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a query never change places.
                <Fragment key={at}>
                  <VisibleText text={line} />
                  {"\n"}
                </Fragment>
              ))}
            </pre>
          </Section>
          <Section title="Alerts per day">
            <DayBars days={data.hitsPerDay} label="Alerts per day" />
          </Section>
          {data.falsePositives.length > 0 && (
            <Section title="Known false positives">
              <ul>
                {data.falsePositives.map((text) => (
                  <li key={text}>{text}</li>
                ))}
              </ul>
            </Section>
          )}
          {data.references.length > 0 && (
            <Section title="References">
              <ul>
                {data.references.map((reference) => (
                  <li key={reference}>
                    <code>{reference}</code>
                  </li>
                ))}
              </ul>
            </Section>
          )}
        </Page>
      )}
    </Loaded>
  );
}
