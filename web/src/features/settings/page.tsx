import { Page } from "../../ui/page.tsx";
import { PageTabs, usePageTab } from "../../ui/page-tabs.tsx";
import { Account } from "./account.tsx";
import { Preferences } from "./preferences.tsx";

const account = { id: "account", title: "Account" } as const;
const preferences = { id: "preferences", title: "Preferences" } as const;

/** One's own account and preferences. */
export function SettingsPage() {
  const tab = usePageTab<"account" | "preferences">([account, preferences]);
  return (
    <Page title="Settings">
      <PageTabs label="Settings" tabs={[account, preferences]} current={tab} />
      {tab === "account" ? <Account /> : <Preferences />}
    </Page>
  );
}
