import { Button } from "@mantine/core";
import { Fragment } from "react";
import { Link, useParams } from "react-router";
import { languages } from "#contracts/language";
import type { RuleDetail } from "#contracts/rule";
import { useDenial } from "../../api/permission.ts";
import { useRoute } from "../../api/queries.ts";
import { Clamped } from "../../ui/clamped.tsx";
import { VisibleText } from "../../ui/command-line.tsx";
import { ExternalLink } from "../../ui/external-link.tsx";
import { InlineCode } from "../../ui/inline-code.tsx";
import { Lines } from "../../ui/lines.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { SeverityMark } from "../../ui/marks.tsx";
import { DayBars, Facts, Page, Section, Table, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { webAddress } from "../../ui/web-address.ts";
import { RuleSources } from "./coverage.tsx";
import { RuleGuide } from "./guide.tsx";
import { RuleSwitch } from "./rule-switch.tsx";
import classes from "./rules.module.css";
import { RuleStructureView } from "./structure.tsx";
import { RuleVersions } from "./versions.tsx";
import { withPlace } from "./words.ts";

/** Queries longer than this are collapsed to their first lines; few are. */
const longQuery = 6_000;

/** One rule: details, structure, data-source coverage, alerts. */
export function RulePage() {
  const { id = "" } = useParams();
  const rule = useRoute("rule", { params: { id } }, { fallback: 15_000 });
  return (
    <LoadedPage query={rule} kind="Rule" back={{ to: "/rules", text: "All rules" }}>
      {(data) => <Shown key={data.id} rule={data} />}
    </LoadedPage>
  );
}

function Shown({ rule }: { readonly rule: RuleDetail }) {
  return (
    <Page
      kind={rule.buildingBlock ? "Rule · building block (not in the queue)" : "Rule"}
      title={rule.name}
      facts={<RuleFacts rule={rule} />}
    >
      <Actions rule={rule} />
      {rule.partOf !== undefined && (
        <p className={classes.warning}>
          Raises no alerts of its own. Used by{" "}
          {rule.partOf.map(({ id, name }, place) => (
            <Fragment key={id}>
              {place > 0 && ", "}
              <TextLink to={`/rules/${encodeURIComponent(id)}`}>{name}</TextLink>
            </Fragment>
          ))}
          .
        </p>
      )}
      {!rule.evaluable && (
        <p className={classes.warning}>
          {`This rule is not evaluable: ${rule.reason ?? "no reason given"} `}
          <code>
            <VisibleText text={withPlace(rule.source, rule.at)} />
          </code>
        </p>
      )}
      {rule.evictions !== undefined && <p className={classes.warning}>{rule.evictions.sentence}</p>}
      {!rule.enabled && <p className={classes.warning}>This rule is disabled and raises no alerts.</p>}
      {paragraphsOf(rule.description).map((text) => (
        <p key={text} className={classes.description}>
          <InlineCode text={text} />
        </p>
      ))}
      {rule.evaluable && (
        <>
          <RuleStructureView structure={rule.structure} />
          <RuleSources id={rule.id} />
        </>
      )}
      <Section title="Query">
        <Clamped key={rule.query} length={rule.query.length} from={longQuery}>
          <pre className={classes.query}>
            <Lines text={rule.query} />
          </pre>
        </Clamped>
      </Section>
      <Section title="Alerts per day">
        <DayBars
          days={rule.hitsPerDay}
          label="Alerts per day"
          empty="No alerts on stored data. The quality report shows whether the rule could have matched."
        />
      </Section>
      <RuleGuide rule={rule} />
      <Texts title="Known false positives" texts={rule.falsePositives} />
      <Filters rule={rule} />
      <Exceptions rule={rule} />
      <Techniques rule={rule} />
      <RuleVersions versions={rule.versions} runs={rule.evaluable && rule.enabled} />
      {rule.references.length > 0 && (
        <Section title="References">
          <ul>
            {rule.references.map((reference) => (
              <li key={reference}>
                <Reference text={reference} />
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  );
}

/** Most references are URLs; some are titles or plain text. */
function Reference({ text }: { readonly text: string }) {
  const url = webAddress(text);
  return url === undefined ? (
    <code className={classes.reference}>
      <VisibleText text={text} />
    </code>
  ) : (
    <ExternalLink url={url} />
  );
}

/** Joins lines that the author wrapped. */
function paragraphsOf(description: string): readonly string[] {
  const text = description === "" ? "No description." : description;
  return text.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s*\n\s*/g, " "));
}

function RuleFacts({ rule }: { readonly rule: RuleDetail }) {
  const queue = `/queue?group=none&rule=${encodeURIComponent(rule.id)}&status=${rule.buildingBlock ? "&buildingBlocks=true" : ""}`;
  return (
    <Facts
      entries={[
        ["Severity", <SeverityMark key="severity" severity={rule.severity} />],
        ["Risk score", rule.riskScore],
        ["Language", languages[rule.language].label],
        ["Version", rule.version],
        [
          "Alerts",
          <TextLink key="alerts" to={queue}>
            {rule.alerts.toLocaleString("en")}
          </TextLink>,
        ],
        ["File", <code key="source">{rule.source}</code>],
        ["Author", rule.author.join(", ") || "not specified"],
        ["Licence", rule.license ?? "not specified"],
      ]}
    />
  );
}

function Actions({ rule }: { readonly rule: RuleDetail }) {
  const denial = useDenial("author");
  return (
    <div className={classes.actions}>
      <RuleSwitch rule={rule} size="sm" label={rule.enabled ? "On" : "Off"} name="Enabled" denial={denial} />
      <Button size="xs" variant="default" component={Link} to={`/rules/new?from=${encodeURIComponent(rule.id)}`}>
        Edit a copy
      </Button>
      {denial !== undefined && <PermissionNote action="Switching and saving rules" denial={denial} />}
    </div>
  );
}

function Exceptions({ rule: { exceptionsInForce } }: { readonly rule: RuleDetail }) {
  return (
    <Section title="Exceptions">
      <Table
        label="Exceptions"
        rows={exceptionsInForce}
        keyOf={({ id }) => id}
        empty="No active exceptions."
        columns={[
          {
            title: "Exception",
            wide: true,
            cell: ({ id, name }) => <TextLink to={`/exceptions/${encodeURIComponent(id)}`}>{name}</TextLink>,
          },
          { title: "Mode", cell: ({ mode }) => mode },
          { title: "Hits", numeric: true, cell: ({ hits }) => hits },
        ]}
      />
    </Section>
  );
}

/** Filter documents change the condition of the rule, so they are listed only where there are any. */
function Filters({ rule: { filters } }: { readonly rule: RuleDetail }) {
  return filters.length === 0 ? null : (
    <Section title="Filters" aside="Sigma filter documents: part of the condition above">
      <Table
        label="Filters"
        rows={filters}
        keyOf={({ id, source }) => `${id} ${source}`}
        empty="No filters."
        columns={[
          { title: "Filter", wide: true, cell: ({ name }) => <VisibleText text={name} /> },
          {
            title: "File",
            wide: true,
            cell: ({ source }) => (
              <code>
                <VisibleText text={source} />
              </code>
            ),
          },
        ]}
      />
    </Section>
  );
}

function Techniques({ rule }: { readonly rule: RuleDetail }) {
  return (
    <Section title="ATT&CK" aside={rule.tactics.join(", ")}>
      <Table
        label="Techniques"
        rows={rule.techniques}
        keyOf={(technique) => `${technique.id} ${technique.tactic ?? ""}`}
        empty="No techniques."
        columns={[
          { title: "Technique", cell: (technique) => technique.id },
          {
            title: "Name",
            cell: ({ id, name }) => (name === id ? <span className={classes.unnamed}>unknown technique</span> : name),
          },
          { title: "Tactic", wide: true, cell: (technique) => technique.tactic ?? "" },
        ]}
      />
    </Section>
  );
}

function Texts({ title, texts }: { readonly title: string; readonly texts: readonly string[] }) {
  return texts.length === 0 ? null : (
    <Section title={title}>
      <ul>
        {texts.map((text) => (
          <li key={text}>
            <InlineCode text={text.replace(/\s*\n\s*/g, " ")} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
