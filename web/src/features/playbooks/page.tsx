import { useRoute } from "../../api/queries.ts";
import { Page, Table, TextLink } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";

export function PlaybooksPage() {
  const playbooks = useRoute("playbooks");
  return (
    <Page title="Playbooks">
      <Loaded query={playbooks} label="Loading playbooks">
        {({ items }) => (
          <Table
            label="Playbooks"
            rows={items}
            total={items.length}
            keyOf={(playbook) => playbook.id}
            empty="No playbook is loaded: check the folder with `npx stemma playbooks check DIR`."
            columns={[
              { title: "Playbook", cell: (playbook) => playbook.title },
              { title: "Version", cell: (playbook) => playbook.version },
              { title: "About", wide: true, cell: (playbook) => playbook.summary },
              { title: "Steps", numeric: true, cell: (playbook) => playbook.steps },
              { title: "Queries", numeric: true, cell: (playbook) => playbook.queries },
              {
                title: "Rules",
                cell: (playbook) =>
                  playbook.ruleIds.length === 0
                    ? "every rule without its own"
                    : playbook.ruleIds.map((id) => (
                        <div key={id}>
                          <TextLink to={`/rules/${encodeURIComponent(id)}`}>{id}</TextLink>
                        </div>
                      )),
              },
              { title: "File", cell: (playbook) => <code>{playbook.source}</code> },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
