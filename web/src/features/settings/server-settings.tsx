import type { RouteResponse } from "#contracts/api";
import { useRoute } from "../../api/queries.ts";
import { InlineCode } from "../../ui/inline-code.tsx";
import { Section, Table } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./settings.module.css";

type Setting = RouteResponse<"settings">["items"][number];

const sources = {
  flag: "command-line flag",
  environment: "environment",
  file: "configuration file",
  default: "default",
} as const satisfies Readonly<Record<Setting["source"], string>>;

/** The settings that the server runs with, and where each of them comes from. */
export function ServerSettings() {
  const settings = useRoute("settings");
  return (
    <Section title="Settings of the server" aside="read-only: they are set where the server is started">
      <Loaded query={settings} label="Loading the settings of the server" rows={10}>
        {({ items }) => (
          <Table
            label="Settings of the server"
            rows={items}
            total={items.length}
            keyOf={({ name }) => name}
            empty="The server reports no settings."
            columns={[
              { title: "Name", cell: ({ name }) => <code>{name}</code> },
              {
                title: "Value",
                cell: ({ value }) =>
                  value === "" ? (
                    <span className={classes.unset}>not set</span>
                  ) : (
                    <code className={classes.value}>{value}</code>
                  ),
              },
              {
                title: "From",
                cell: ({ source }) => (
                  <span className={source === "default" ? classes.unset : undefined}>{sources[source]}</span>
                ),
              },
              { title: "Description", wide: true, cell: ({ description }) => <InlineCode text={description} /> },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}
