import { Button, Radio } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { RuleVersion } from "#contracts/rule";
import { Section, Table } from "../../ui/page.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./versions.module.css";
import { compareUrl } from "./words.ts";

const states = {
  active: "active",
  loaded: "also loaded",
  earlier: "previous",
} as const satisfies Record<RuleVersion["state"], string>;

/** Every loaded text of the rule; any two can be compared. */
export function RuleVersions({
  versions,
  runs,
}: {
  readonly versions: readonly RuleVersion[];
  /** Whether the rule is enabled and evaluable. */
  readonly runs: boolean;
}) {
  const navigate = useNavigate();
  const active = versions.find(({ state }) => state === "active") ?? versions[0];
  const other = versions.find((version) => version !== active);
  const [left, setLeft] = useState(other?.hash);
  const [right, setRight] = useState(active?.hash);
  const chosen = [left, right].map((hash) => versions.find((version) => version.hash === hash));
  return (
    <Section title="Versions" aside="every loaded text is kept">
      <Table
        label="Versions"
        rows={versions}
        total={versions.length}
        keyOf={({ hash }) => hash}
        empty="No versions stored yet."
        columns={[
          ...(versions.length < 2
            ? []
            : [
                { title: "Left", cell: choice("left", left, setLeft) },
                { title: "Right", cell: choice("right", right, setRight) },
              ]),
          { title: "Version", cell: ({ version }) => version },
          {
            title: "State",
            cell: ({ state }) => (state === "active" && !runs ? "loaded, not active" : states[state]),
          },
          { title: "File", wide: true, cell: ({ source }) => <code>{source}</code> },
          { title: "Text hash", cell: ({ hash }) => <code title={hash}>{hash.slice(0, 10)}</code> },
          { title: "First seen", cell: ({ firstSeen }) => <Moment iso={firstSeen} precision="minute" /> },
          { title: "Last seen", cell: ({ lastSeen }) => <Moment iso={lastSeen} precision="minute" /> },
        ]}
      />
      {versions.length > 1 && (
        <Button
          size="xs"
          variant="default"
          className={classes.compare}
          disabled={left === right || chosen.includes(undefined)}
          onClick={() => {
            const [one, two] = chosen;
            if (one !== undefined && two !== undefined) {
              void navigate(compareUrl(one, two));
            }
          }}
        >
          Compare side by side
        </Button>
      )}
    </Section>
  );
}

function choice(side: string, chosen: string | undefined, choose: (hash: string) => void) {
  return ({ hash, version }: RuleVersion) => (
    <Radio
      size="xs"
      name={`version-${side}`}
      aria-label={`Version ${version}, text ${hash.slice(0, 10)}, on the ${side}`}
      checked={chosen === hash}
      onChange={() => choose(hash)}
    />
  );
}
