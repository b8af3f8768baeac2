import { Button } from "@mantine/core";
import { useSearchParams } from "react-router";
import { sourceLabel } from "#contracts/event-source";
import { languages } from "#contracts/language";
import { type RuleFinding, type RuleReport, ruleFinding } from "#contracts/rule-report";
import { useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { SeverityMark } from "../../ui/marks.tsx";
import { Facts, Page, Section, Table, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { LoadedWork } from "../../ui/work-progress.tsx";
import classes from "./report.module.css";
import { RunStatus } from "./run-view.tsx";
import { RuleTabs } from "./tabs.tsx";
import { useRun } from "./use-run.ts";
import { withPlace } from "./words.ts";

const headings = {
  noisy: { title: "Noisy", about: "raised a large share of all alerts" },
  fires: { title: "Fires", about: "raised alerts" },
  "counted by others": { title: "Correlation input", about: "raises no alerts of its own" },
  silent: { title: "Silent", about: "data is available, no matches" },
  "no source": { title: "No data source", about: "no stored event has the required fields" },
  "not evaluable": { title: "Not evaluable", about: "uses features that are not supported" },
  "turned off": { title: "Disabled", about: "disabled by an analyst" },
} as const satisfies Record<RuleFinding, unknown>;

/** Rows shown at once; filters reach the rest. */
const mostShown = 300;
const number = (value: number) => value.toLocaleString("en");

/** The quality report: what each rule found in the stored data. */
export function RuleReportPage() {
  const report = useRoute("ruleReport");
  return (
    <Page title="Rule quality">
      <RuleTabs />
      <LoadedWork query={report} route="ruleReport" label="Checking rules against stored data" rows={10}>
        {(data) => <Shown report={data} />}
      </LoadedWork>
    </Page>
  );
}

function Shown({ report }: { readonly report: RuleReport }) {
  const [search, setSearch] = useSearchParams();
  const given = ruleFinding.safeParse(search.get("finding"));
  const finding = given.success ? given.data : undefined;
  const rows = report.rules.filter((rule) => finding === undefined || rule.finding === finding);
  const { run, busy, error, denial, start, stop } = useRun();
  const hits = run === undefined ? undefined : new Map(run.rules.map((one) => [one.rule.id, one.hits]));
  return (
    <>
      <Facts
        entries={[
          ["Rules", report.rules.length],
          ["Stored events", report.events],
          ["Sampled events", report.sampled],
          ["Sources", report.sources.map(({ source }) => sourceLabel(source)).join(", ") || "none"],
        ]}
      />
      <FindingFilter
        totals={report.totals}
        isSampled={report.sampled < report.events}
        finding={finding}
        choose={(next) => setSearch(next === undefined ? {} : { finding: next })}
      />
      <Section
        title={finding === undefined ? "All rules" : headings[finding].title}
        aside={`${number(rows.length)} ${rows.length === 1 ? "rule" : "rules"}`}
      >
        <div className={classes.run}>
          {denial === undefined ? (
            <>
              <Button size="xs" variant="default" loading={busy} onClick={() => start({ kind: "all" })}>
                Run all rules on stored events
              </Button>
              <span>Preview only: counts matches without exceptions, creates no alerts.</span>
            </>
          ) : (
            <PermissionNote action="Running rules on stored events" denial={denial} />
          )}
        </div>
        {error !== null && <ErrorState error={error} />}
        {run !== undefined && <RunStatus run={run} stop={stop} />}
        <QualityTable rows={rows} hits={hits} />
      </Section>
      {report.reasons.length > 0 && <Reasons reasons={report.reasons} />}
    </>
  );
}

function FindingFilter({
  totals,
  isSampled,
  finding,
  choose,
}: {
  readonly totals: RuleReport["totals"];
  /** Whether the report has not looked at every event, which may well have what a rule needs. */
  readonly isSampled: boolean;
  readonly finding: RuleFinding | undefined;
  readonly choose: (finding: RuleFinding | undefined) => void;
}) {
  return (
    <div className={classes.findings}>
      {totals.map((total) => (
        <button
          key={total.finding}
          type="button"
          aria-pressed={finding === total.finding}
          onClick={() => choose(finding === total.finding ? undefined : total.finding)}
        >
          <strong>{number(total.count)}</strong>
          <span>{headings[total.finding].title}</span>
          <small>
            {isSampled && total.finding === "no source"
              ? "no sampled event has the required fields"
              : headings[total.finding].about}
          </small>
        </button>
      ))}
    </div>
  );
}

const whats = { field: "Fields", record: "Event types", value: "Values", stream: "Data streams" } as const;

/** How many rules have no source, and whether the field mappings or the stored data lack what they need. */
function Reasons({ reasons }: { readonly reasons: RuleReport["reasons"] }) {
  return (
    <Section title="Why rules have no data source">
      <Table
        label="Reasons"
        rows={reasons}
        keyOf={({ kind, what }) => `${kind} ${what}`}
        empty="Every rule has a data source."
        columns={[
          { title: "Rules", numeric: true, cell: ({ count }) => number(count) },
          { title: "Missing in", cell: ({ kind }) => (kind === "mapping" ? "Field mappings" : "Stored data") },
          { title: "What", cell: ({ what }) => whats[what] },
          {
            title: "Most frequent",
            wide: true,
            cell: ({ names }) => (
              <VisibleText text={names.map(({ name, count }) => `${name} (${number(count)})`).join(", ")} />
            ),
          },
        ]}
      />
    </Section>
  );
}

function QualityTable({
  rows,
  hits,
}: {
  readonly rows: RuleReport["rules"];
  /** Hits by rule id, once all rules have been run. */
  readonly hits: ReadonlyMap<string, number> | undefined;
}) {
  return (
    <Table
      label="Rules by finding"
      rows={rows.slice(0, mostShown)}
      total={rows.length}
      truncationReason={
        rows.length > mostShown ? "filter by a finding, or run `stemma rules report --json` for all" : undefined
      }
      keyOf={({ id }) => id}
      empty="No rules with this finding."
      columns={[
        { title: "Finding", cell: (rule) => headings[rule.finding].title },
        { title: "Severity", cell: ({ severity }) => <SeverityMark severity={severity} /> },
        {
          title: "Rule",
          cell: (rule) => (
            <TextLink to={`/rules/${encodeURIComponent(rule.id)}`}>
              <RuleName rule={rule} />
            </TextLink>
          ),
        },
        { title: "Language", cell: ({ language }) => languages[language].label },
        { title: "Alerts", numeric: true, cell: ({ alerts }) => alerts },
        ...(hits === undefined
          ? []
          : [
              {
                title: "Hits now",
                numeric: true,
                cell: ({ id }: (typeof rows)[number]) => hits.get(id) ?? 0,
              },
            ]),
        {
          title: "Reason",
          wide: true,
          cell: ({ reason, at, source, evictions }) => (
            <>
              <VisibleText text={at === undefined ? reason : `${reason} · ${withPlace(source, at)}`} />
              {evictions !== undefined && <p className={classes.evictions}>{evictions.sentence}</p>}
            </>
          ),
        },
      ]}
    />
  );
}
