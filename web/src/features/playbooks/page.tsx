import type { RouteResponse } from "#contracts/api";
import type { PlaybookSummary } from "#contracts/playbook";
import { useRoute, useWholeList } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { InlineCode } from "../../ui/inline-code.tsx";
import { Page, Table, TextLink } from "../../ui/page.tsx";
import { originWords, playbookPath } from "../../ui/playbook-words.ts";
import { RuleName } from "../../ui/rule-name.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./playbooks.module.css";

/** The playbooks of files; those that are compiled from guides are in the list of their rules. */
export function PlaybooksPage() {
  const playbooks = useWholeList("playbooks");
  const rules = useWholeList("ruleNames");
  const ruleOf = (id: string) => rules.data?.items.find((rule) => rule.id === id);
  return (
    <Page title="Playbooks" facts={<TextLink to="/playbooks/new">New playbook</TextLink>}>
      <Guides />
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
                    <TextLink to={playbookPath(playbook.id)}>{playbook.title}</TextLink>
                    <p>
                      <InlineCode text={playbook.summary} />
                    </p>
                    <p
                      className={classes.source}
                    >{`${originWords(playbook.origin)} · version ${playbook.version} · ${playbook.source}`}</p>
                  </div>
                ),
              },
              {
                title: "Alerts",
                cell: ({ applies }) => <Alerts applies={applies} ruleOf={ruleOf} />,
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

/** How many rules bring a guide; each is a playbook, too. */
function Guides() {
  const { data } = useRoute("rules", { query: { guide: ["with guide"], limit: 1 } });
  return data === undefined || data.total === 0 ? undefined : (
    <p>
      {`The investigation ${data.total === 1 ? "guide" : "guides"} of `}
      <TextLink to="/rules?guide=with+guide&sort=name&ascending=true">
        {data.total === 1 ? "1 rule" : `${data.total.toLocaleString("en")} rules`}
      </TextLink>
      {data.total === 1 ? " is a playbook, too." : " are playbooks, too."}
    </p>
  );
}

type RuleNameOf = (id: string) => RouteResponse<"ruleNames">["items"][number] | undefined;

/** The alerts that a playbook is for. */
function Alerts({ applies, ruleOf }: { readonly applies: PlaybookSummary["applies"]; readonly ruleOf: RuleNameOf }) {
  const { ruleIds, techniques, tags, events, fallback } = applies;
  const others = [
    ...techniques.map((id) => `Technique ${id}`),
    ...tags.map((tag) => `Tag ${tag}`),
    ...(events === undefined ? [] : [`Alerts on ${events} without another playbook`]),
    ...(fallback ? ["All other alerts"] : []),
  ];
  return (
    <>
      {ruleIds.map((id) => {
        const rule = ruleOf(id);
        return (
          <div key={id}>
            <TextLink to={`/rules/${encodeURIComponent(id)}`} title={id}>
              {rule === undefined ? id : <RuleName rule={rule} />}
            </TextLink>
          </div>
        );
      })}
      {others.map((text) => (
        <div key={text}>
          <VisibleText text={text} />
        </div>
      ))}
      {ruleIds.length + others.length === 0 && "Only where it is chosen"}
    </>
  );
}
