import { useWholeList } from "../../api/queries.ts";
import { InlineCode } from "../../ui/inline-code.tsx";
import { Page, Table, TextLink } from "../../ui/page.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./playbooks.module.css";

export function PlaybooksPage() {
  const playbooks = useWholeList("playbooks");
  const rules = useWholeList("ruleNames");
  const ruleOf = (id: string) => rules.data?.items.find((rule) => rule.id === id);
  return (
    <Page title="Playbooks">
      <Loaded query={playbooks} label="Loading playbooks">
        {({ items }) => (
          <Table
            label="Playbooks"
            rows={items}
            total={items.length}
            keyOf={(playbook) => playbook.id}
            empty="No playbooks loaded. Check the folder with `npx stemma playbooks check DIR`."
            columns={[
              {
                title: "Playbook",
                wide: true,
                cell: (playbook) => (
                  <div className={classes.about}>
                    <strong>{playbook.title}</strong>
                    <p>
                      <InlineCode text={playbook.summary} />
                    </p>
                    <p className={classes.source}>{`Version ${playbook.version} · ${playbook.source}`}</p>
                  </div>
                ),
              },
              {
                title: "Rules",
                cell: (playbook) =>
                  playbook.ruleIds.length === 0
                    ? "All rules without their own playbook"
                    : playbook.ruleIds.map((id) => {
                        const rule = ruleOf(id);
                        return (
                          <div key={id}>
                            <TextLink to={`/rules/${encodeURIComponent(id)}`} title={id}>
                              {rule === undefined ? id : <RuleName rule={rule} />}
                            </TextLink>
                          </div>
                        );
                      }),
              },
              { title: "Steps", numeric: true, cell: (playbook) => playbook.steps },
              { title: "Queries", numeric: true, cell: (playbook) => playbook.queries },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
