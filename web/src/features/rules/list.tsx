import { Button, MultiSelect, Select, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { languages, ruleLanguage } from "#contracts/language";
import { type RulePage, type RuleQuery, type RuleSummary, ruleSort } from "#contracts/rule";
import { useDenial } from "../../api/permission.ts";
import { useRoute } from "../../api/queries.ts";
import { useRoving } from "../../keyboard/roving.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { SeverityMark } from "../../ui/marks.tsx";
import { Page, Table, TextLink } from "../../ui/page.tsx";
import { Pager } from "../../ui/pager.tsx";
import { playbookPath } from "../../ui/playbook-words.ts";
import { Loaded } from "../../ui/state.tsx";
import { useLeaving } from "../../ui/use-leaving.ts";
import classes from "./list.module.css";
import { RuleSwitch } from "./rule-switch.tsx";
import { RuleTabs } from "./tabs.tsx";
import { buildRulesUrl, type ListFilter, parseRulesUrl } from "./url.ts";
import { stateLabels, withPlace } from "./words.ts";

/** Delay between the last keystroke and the request, in milliseconds. */
const PAUSE = 250;

/** All loaded rules, paged. Filters, sort order and page are in the URL. */
export function RulesPage() {
  const [search, setSearch] = useSearchParams();
  const query = parseRulesUrl(search);
  const rules = useRoute("rules", { query }, { keep: true, fallback: 15_000 });
  const change = (next: Partial<RuleQuery>) =>
    setSearch(buildRulesUrl({ ...query, cursor: undefined, ...next }), { replace: next.text !== undefined });
  return (
    <Page title="Rules">
      <RuleTabs />
      <Filters query={query} page={rules.data} change={change} />
      <div aria-busy={rules.isPlaceholderData || rules.isPending}>
        <Loaded query={rules} label="Loading rules">
          {(page) => <Rules page={page} query={query} change={change} />}
        </Loaded>
      </div>
    </Page>
  );
}

const filters: readonly (readonly [name: ListFilter, label: string])[] = [
  ["state", "State"],
  ["severity", "Severity"],
  ["language", "Language"],
  ["tactic", "Tactic"],
  ["folder", "Folder"],
  ["guide", "Guide"],
];

const sorts: Readonly<Record<RuleQuery["sort"], string>> = {
  severity: "Severity",
  risk: "Risk score",
  alerts: "Alerts",
  name: "Name",
  language: "Language",
  version: "Version",
};

function Filters({
  query,
  page,
  change,
}: {
  readonly query: RuleQuery;
  readonly page: RulePage | undefined;
  readonly change: (next: Partial<RuleQuery>) => void;
}) {
  const [text, setText] = useState(query.text ?? "");
  const roving = useRoving<HTMLElement>();
  const isLeaving = useLeaving();
  useEffect(() => setText(query.text ?? ""), [query.text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing triggers it, not the filters that it changes.
  useEffect(() => {
    if (text === (query.text ?? "")) {
      return;
    }
    const timer = setTimeout(() => !isLeaving() && change({ text }), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <search {...roving} className={classes.filters} aria-label="Filter rules">
      <TextInput
        size="xs"
        label="Text"
        placeholder="Name, id, file, technique or tag"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        className={classes.text}
      />
      {filters.map(([name, label]) => (
        <MultiSelect
          key={name}
          size="xs"
          label={label}
          clearable
          clearButtonProps={{ "aria-label": `Clear ${label.toLowerCase()}` }}
          searchable={name === "tactic" || name === "folder"}
          placeholder={query[name].length === 0 ? "Any" : undefined}
          data={optionsOf(name, page?.facets[name] ?? [], query[name])}
          value={[...query[name]]}
          onChange={(values) => change({ [name]: values })}
          className={classes.filter}
        />
      ))}
      <Select
        size="xs"
        label="Sort by"
        allowDeselect={false}
        data={ruleSort.options.map((value) => ({ value, label: sorts[value] }))}
        value={query.sort}
        onChange={(value) =>
          change({ sort: ruleSort.parse(value), ascending: value === "name" || value === "language" })
        }
        className={classes.sort}
      />
      <Button
        size="xs"
        variant="default"
        onClick={() => change({ ascending: !query.ascending })}
        aria-label={query.ascending ? "Sorted ascending" : "Sorted descending"}
      >
        {query.ascending ? "↑" : "↓"}
      </Button>
    </search>
  );
}

/** Selected values remain available even with zero results. */
function optionsOf(name: ListFilter, facet: RulePage["facets"]["tactic"], chosen: readonly string[]) {
  const missing = chosen.filter((value) => !facet.some((entry) => entry.value === value));
  return [...facet, ...missing.map((value) => ({ value, count: 0 }))].map(({ value, count }) => ({
    value,
    label: `${labelOf(name, value)} (${count.toLocaleString("en")})`,
  }));
}

function labelOf(name: ListFilter, value: string): string {
  switch (name) {
    case "language":
      return languages[ruleLanguage.parse(value)].label;
    case "state":
      return Object.entries(stateLabels).find(([state]) => state === value)?.[1] ?? value;
    default:
      return value;
  }
}

function Rules({
  page,
  query,
  change,
}: {
  readonly page: RulePage;
  readonly query: RuleQuery;
  readonly change: (next: Partial<RuleQuery>) => void;
}) {
  return (
    <>
      {query.field !== undefined && query.value !== undefined && (
        <p className={classes.indicator}>
          Rules with indicator <code>{query.value}</code> in <code>{query.field}</code>
          <Button size="compact-xs" variant="default" onClick={() => change({ field: undefined, value: undefined })}>
            All rules
          </Button>
        </p>
      )}
      <RuleTable page={page} />
      {page.total > 0 && (
        <Pager
          page={page}
          isFirst={query.cursor === undefined}
          loaded={page.loaded}
          turn={(cursor) => change({ cursor })}
        />
      )}
    </>
  );
}

function RuleTable({ page }: { readonly page: RulePage }) {
  const denial = useDenial("author");
  return (
    <Table
      label="Rules"
      rows={page.items}
      keyOf={(rule) => rule.id}
      empty={
        page.loaded === 0
          ? "No rules loaded. Add a folder under Folders, or start with `--rules DIR`."
          : `None of ${number(page.loaded)} loaded rules match these filters.`
      }
      columns={[
        {
          title: "On",
          cell: (rule) => (
            <RuleSwitch rule={rule} size="xs" name={`${rule.name} ${rule.version} enabled`} denial={denial} />
          ),
        },
        { title: "Severity", cell: (rule) => <SeverityMark severity={rule.severity} /> },
        {
          title: "Rule",
          wide: true,
          cell: (rule) => (
            <>
              <TextLink to={`/rules/${encodeURIComponent(rule.id)}`}>{rule.name}</TextLink>
              {rule.guidePlaybookId !== undefined && (
                <span className={classes.guide}>
                  <TextLink to={playbookPath(rule.guidePlaybookId)} title={`Guide of ${rule.name}`}>
                    Guide
                  </TextLink>
                </span>
              )}
              {rule.reason !== undefined && (
                <p className={classes.reason}>
                  <VisibleText text={rule.reason} />
                  <code>
                    <VisibleText text={withPlace(rule.source, rule.at)} />
                  </code>
                </p>
              )}
            </>
          ),
        },
        { title: "Language", cell: (rule) => languages[rule.language].label },
        { title: "Version", cell: (rule) => rule.version },
        { title: "Kind", narrow: true, cell: kindOf },
        { title: "ATT&CK", narrow: true, cell: (rule) => techniquesOf(rule) },
        { title: "Risk", numeric: true, cell: (rule) => rule.riskScore },
        {
          title: "Alerts",
          numeric: true,
          cell: (rule) =>
            rule.alerts === 0 ? (
              0
            ) : (
              <TextLink to={`/queue?group=none&rule=${encodeURIComponent(rule.id)}&status=`}>
                {rule.alerts.toLocaleString("en")}
              </TextLink>
            ),
        },
        { title: "Exceptions", numeric: true, cell: (rule) => rule.exceptions },
      ]}
    />
  );
}

const number = (value: number) => value.toLocaleString("en");

function kindOf(rule: RuleSummary): string {
  if (!rule.evaluable) {
    return "Not evaluable";
  }
  if (rule.partOf !== undefined) {
    return "Part of a correlation";
  }
  return rule.buildingBlock ? "Building block" : "Alert rule";
}

/** Techniques repeat across tactics; each is listed once. */
function techniquesOf({ techniques }: RuleSummary): string {
  const ids = [...new Set(techniques.map(({ id }) => id))];
  return ids.length > 3 ? `${ids.slice(0, 3).join(", ")} and ${ids.length - 3} more` : ids.join(", ");
}
