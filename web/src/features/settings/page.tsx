import { useDenial } from "../../api/permission.ts";
import { Page } from "../../ui/page.tsx";
import { PageTabs, usePageTab } from "../../ui/page-tabs.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { Account } from "./account.tsx";
import { Deliveries } from "./deliveries.tsx";
import { Preferences } from "./preferences.tsx";
import { ServerSettings } from "./server-settings.tsx";

const account = { id: "account", title: "Account" } as const;
const preferences = { id: "preferences", title: "Preferences" } as const;
const deliveries = { id: "deliveries", title: "Deliveries" } as const;
const server = { id: "server", title: "Server" } as const;

/** One's own account and preferences, and for administrators the settings that the server runs with. */
export function SettingsPage() {
  const denial = useDenial("administer");
  const tab = usePageTab<"account" | "preferences" | "deliveries" | "server">([
    account,
    preferences,
    deliveries,
    server,
  ]);
  return (
    <Page title="Settings">
      <PageTabs
        label="Settings"
        tabs={denial === undefined ? [account, preferences, deliveries, server] : [account, preferences, deliveries]}
        current={tab}
      />
      {tab === "account" ? (
        <Account />
      ) : tab === "preferences" ? (
        <Preferences />
      ) : tab === "deliveries" ? (
        <Deliveries />
      ) : denial === undefined ? (
        <ServerSettings />
      ) : (
        <PermissionNote action="The settings of the server" denial={denial} />
      )}
    </Page>
  );
}
