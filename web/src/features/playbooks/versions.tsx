import { Button } from "@mantine/core";
import { useState } from "react";
import type { PlaybookFile } from "#contracts/playbook-draft";
import { useRoute } from "../../api/queries.ts";
import { LineComparison } from "../../ui/line-comparison.tsx";
import { Section, Table } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./editor-page.module.css";

/** Texts that were saved in the workbench; each can be compared with the file as it is now. */
export function Versions({
  id,
  file: { versions, totalVersions },
  restore,
}: {
  readonly id: string;
  readonly file: PlaybookFile;
  readonly restore: (text: string) => void;
}) {
  const [compared, setCompared] = useState<number>();
  return (
    <Section title="Versions" aside="texts that were saved in the workbench">
      <Table
        label="Versions"
        rows={versions}
        total={totalVersions}
        truncationReason={totalVersions > versions.length ? "the newest; the audit trail has the others" : undefined}
        keyOf={({ sequence }) => String(sequence)}
        empty="It was never saved in the workbench."
        columns={[
          { title: "Saved", cell: ({ at }) => <Moment iso={at} precision="minute" /> },
          { title: "By", cell: ({ actor }) => actor },
          { title: "Note", wide: true, cell: ({ note }) => note },
          {
            title: "Compare",
            cell: ({ sequence }) => (
              <Button
                size="compact-xs"
                variant="default"
                aria-pressed={compared === sequence}
                onClick={() => setCompared(compared === sequence ? undefined : sequence)}
              >
                With the file
              </Button>
            ),
          },
        ]}
      />
      {compared !== undefined && <Compared key={compared} id={id} version={compared} restore={restore} />}
    </Section>
  );
}

function Compared({
  id,
  version,
  restore,
}: {
  readonly id: string;
  readonly version: number;
  readonly restore: (text: string) => void;
}) {
  const found = useRoute("playbookVersion", { params: { playbook: id, version: String(version) } });
  return (
    <Loaded query={found} label="Loading the version" rows={6}>
      {({ text, lines }) => (
        <div className={classes.compared}>
          <Button size="compact-xs" variant="default" onClick={() => restore(text)}>
            Put this text into the editor
          </Button>
          <LineComparison lines={lines} />
        </div>
      )}
    </Loaded>
  );
}
