import { useWholeList } from "../../api/queries.ts";
import { Page, Table } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { HostLink } from "./parts.tsx";
import { OtherNames } from "./spellings.tsx";

export function HostsPage() {
  const hosts = useWholeList("hosts", { fallback: 10_000 });
  return (
    <Page title="Hosts">
      <Loaded query={hosts} label="Loading hosts">
        {({ items }) => (
          <Table
            label="Hosts"
            rows={items}
            total={items.length}
            keyOf={(host) => host.host}
            empty="No hosts yet. Ingest a capture with `npx stemma ingest PATH`."
            columns={[
              {
                title: "Host",
                wide: true,
                cell: (host) => (
                  <>
                    <HostLink host={host.host} />
                    <OtherNames names={host.alsoKnownAs ?? []} />
                  </>
                ),
              },
              { title: "Open alerts", numeric: true, cell: (host) => host.openAlerts },
              { title: "Alerts", numeric: true, cell: (host) => host.alerts },
              { title: "Risk", numeric: true, cell: (host) => host.risk },
              { title: "Processes", numeric: true, cell: (host) => host.processes },
              { title: "Events", numeric: true, cell: (host) => host.events },
              {
                title: "Last seen",
                cell: (host) => (host.lastSeen === undefined ? "" : <Moment iso={host.lastSeen} />),
              },
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
