import { useRoute } from "../../api/queries.ts";
import { SeverityMark } from "../../ui/marks.tsx";
import { Page, Table, TextLink } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";

export function RulesPage() {
  const rules = useRoute("rules");
  return (
    <Page title="Rules">
      <Loaded query={rules} label="Loading rules">
        {({ items }) => (
          <Table
            label="Rules"
            rows={items}
            total={items.length}
            keyOf={(rule) => rule.id}
            empty="No rule is loaded: check the folder given with --rules with `npx stemma rules check DIR`."
            columns={[
              { title: "Severity", cell: (rule) => <SeverityMark severity={rule.severity} /> },
              {
                title: "Rule",
                wide: true,
                cell: (rule) => <TextLink to={`/rules/${encodeURIComponent(rule.id)}`}>{rule.name}</TextLink>,
              },
              { title: "Language", cell: (rule) => rule.language },
              { title: "Version", cell: (rule) => rule.version },
              {
                title: "Kind",
                cell: (rule) =>
                  rule.evaluable ? (rule.buildingBlock ? "building block" : "alerts") : `not run: ${rule.reason ?? ""}`,
              },
              { title: "ATT&CK", cell: (rule) => rule.techniques.map(({ id }) => id).join(", ") },
              { title: "Risk", numeric: true, cell: (rule) => rule.riskScore },
              {
                title: "Alerts",
                numeric: true,
                cell: (rule) => (
                  <TextLink to={`/queue?group=none&rule=${encodeURIComponent(rule.id)}&status=`}>
                    {String(rule.alerts)}
                  </TextLink>
                ),
              },
              { title: "Exceptions", numeric: true, cell: (rule) => rule.exceptions },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
