import { Button, Checkbox } from "@mantine/core";
import { useState } from "react";
import type { ExceptionRecord } from "#contracts/exception";
import {
  type ExceptionState,
  exceptionStateAt,
  type HiddenHit,
  type HiddenHitState,
  type HiddenHits,
} from "#contracts/exception-life";
import { useDenial } from "../../api/permission.ts";
import { useRoute } from "../../api/queries.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { type Column, Section, Table, TextLink } from "../../ui/page.tsx";
import { Pager } from "../../ui/pager.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./exception-page.module.css";
import { GiveBackDialog } from "./give-back-dialog.tsx";

const perPage = 50;

const words: Readonly<Record<HiddenHitState, string>> = {
  hidden: "No alert raised",
  closed: "Alert closed by it",
  "in-queue": "Alert exists",
  incomplete: "Part of a longer activity",
  lost: "Cannot be raised",
};

/** What an exception matched, and bringing it back. */
export function HiddenView({ record }: { readonly record: ExceptionRecord }) {
  const [cursor, turn] = useState<string>();
  const [giving, give] = useState<"all" | readonly string[]>();
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const denial = useDenial("author");
  const hidden = useRoute(
    "hiddenHits",
    { params: { id: record.id }, query: { cursor, limit: perPage } },
    { keep: true, fallback: 60_000 },
  );
  const state = exceptionStateAt(record, Date.now());
  return (
    <Section title="What it matched" aside={<Heading state={state} total={record.hits} />}>
      <Loaded query={hidden} label="Loading what it matched" rows={4}>
        {(page) =>
          page.total === 0 ? (
            <p className={classes.reason}>Nothing yet, so there is nothing to give back.</p>
          ) : (
            <>
              {denial === undefined ? (
                <div className={classes.buttons}>
                  <Button size="xs" variant="default" onClick={() => give("all")}>
                    Give back all…
                  </Button>
                  <Button size="xs" variant="default" disabled={chosen.size === 0} onClick={() => give([...chosen])}>
                    {chosen.size === 0
                      ? "Give back selected…"
                      : `Give back ${chosen.size.toLocaleString("en")} selected…`}
                  </Button>
                </div>
              ) : (
                <PermissionNote action="Giving back" denial={denial} />
              )}
              <Hits page={page} chosen={chosen} choose={choose} />
              <Pager page={page} isFirst={cursor === undefined} turn={turn} />
            </>
          )
        }
      </Loaded>
      {giving !== undefined && (
        <GiveBackDialog
          record={record}
          hits={giving}
          close={() => {
            give(undefined);
            choose(new Set());
          }}
        />
      )}
    </Section>
  );
}

function Heading({ state, total }: { readonly state: ExceptionState; readonly total: number }) {
  const hits = `${total.toLocaleString("en")} ${total === 1 ? "hit" : "hits"}`;
  switch (state) {
    case "expired":
      return <>{`Expired: ${hits}. What was hidden can be given back.`}</>;
    case "disabled":
    case "deleted":
      return <>{`No longer in force: ${hits}. What was hidden can be given back.`}</>;
    case "shadow":
      return <>{`${hits}. Shadow mode hides nothing.`}</>;
    case "enforced":
      return <>{`${hits}. What it still hides stays hidden until you edit or disable it.`}</>;
  }
}

/** Whether giving it back can bring anything. */
function canGive({ state, stillHidden }: HiddenHit): boolean {
  return !stillHidden && (state === "hidden" || state === "closed" || state === "incomplete");
}

function Hits({
  page,
  chosen,
  choose,
}: {
  readonly page: HiddenHits;
  readonly chosen: ReadonlySet<string>;
  readonly choose: (ids: ReadonlySet<string>) => void;
}) {
  const columns: readonly Column<HiddenHit>[] = [
    {
      title: "Select",
      cell: (hit) => (
        <Checkbox
          size="xs"
          aria-label={`Select ${hit.rule.name} at ${hit.time}`}
          disabled={!canGive(hit)}
          checked={chosen.has(hit.id)}
          onChange={() => choose(chosen.symmetricDifference(new Set([hit.id])))}
        />
      ),
    },
    { title: "Event time", cell: ({ time }) => <Moment iso={time} /> },
    {
      title: "State",
      cell: ({ state, stillHidden, reason, alertId }) =>
        alertId === undefined ? (
          <span title={reason}>{reason ?? `${words[state]}${stillHidden ? ", still hidden" : ""}`}</span>
        ) : (
          <TextLink to={`/alerts/${encodeURIComponent(alertId)}`}>{words[state]}</TextLink>
        ),
    },
    { title: "Host", cell: ({ host }) => host ?? "" },
    { title: "User", cell: ({ user }) => user ?? "", secondary: true },
    {
      title: "Command line",
      wide: true,
      cell: ({ commandLine }) => (commandLine === undefined ? "" : <CommandLine text={commandLine} />),
    },
    { title: "Rule", cell: ({ rule }) => rule.name, narrow: true, secondary: true },
  ];
  return (
    <Table label="What it matched" rows={page.items} columns={columns} keyOf={({ id }) => id} empty="No hits." cards />
  );
}
