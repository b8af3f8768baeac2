import { useDenial } from "../../api/permission.ts";
import { useRoute } from "../../api/queries.ts";
import { DeniedPage } from "../../ui/denied-page.tsx";
import { Page } from "../../ui/page.tsx";
import { PageTabs, usePageTab } from "../../ui/page-tabs.tsx";
import { LoadingState } from "../../ui/state.tsx";
import { PeopleList } from "./people-list.tsx";
import { ServiceTokens } from "./service-tokens.tsx";

const tabs = [
  { id: "people", title: "People" },
  { id: "tokens", title: "Service tokens" },
] as const;

/** Who and what may use this server: people with their sessions, and service tokens. For administrators. */
export function PeoplePage() {
  const tab = usePageTab([...tabs]);
  const me = useRoute("me", {}, { freshFor: 60_000 });
  const denial = useDenial("administer");
  if (denial !== undefined) {
    return <DeniedPage title="People" denial={denial} />;
  }
  return (
    <Page title="People">
      <PageTabs label="People" tabs={tabs} current={tab} />
      {me.data === undefined && me.error === null ? (
        <LoadingState label="Loading people" />
      ) : tab === "people" ? (
        <PeopleList />
      ) : (
        <ServiceTokens />
      )}
    </Page>
  );
}
