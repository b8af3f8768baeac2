import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router";
import type { ExceptionRecord } from "#contracts/exception";
import { exceptionStateAt } from "#contracts/exception-life";
import { useDenial } from "../../api/permission.ts";
import { useRoute, useWholeList } from "../../api/queries.ts";
import { useCommands } from "../../keyboard/commands.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Facts, Page, Section, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { Moment } from "../../ui/time.tsx";
import { ApprovalSection } from "./approval.tsx";
import { BreadthView } from "./breadth.tsx";
import { ChangeDialog, type ChangeKind } from "./change-dialogs.tsx";
import { EntriesView, ScopeView } from "./entries-view.tsx";
import classes from "./exception-page.module.css";
import { ExportButton } from "./export-dialog.tsx";
import { healthOf } from "./health.ts";
import { HealthView } from "./health-view.tsx";
import { HiddenView } from "./hidden-view.tsx";
import { HistoryView } from "./history-view.tsx";
import { StateMark } from "./state-mark.tsx";
import { editPath } from "./stored-draft.ts";

/** One exception: what it matches and where, its health, history, what it hid, and all that can be done about it. */
export function ExceptionPage() {
  const { id = "" } = useParams();
  const exception = useRoute("exception", { params: { id } }, { fallback: 15_000 });
  return (
    <LoadedPage query={exception} kind="Exception" back={{ to: "/exceptions", text: "All exceptions" }}>
      {(record) => <Shown record={record} />}
    </LoadedPage>
  );
}

function Shown({ record }: { readonly record: ExceptionRecord }) {
  const now = Date.now();
  const moment = (iso: string | undefined) =>
    iso === undefined ? "never" : <Moment key={iso} iso={iso} precision="minute" />;
  return (
    <Page
      kind="Exception"
      title={record.name}
      facts={
        <>
          <Facts
            entries={[
              ["State", <StateMark key="state" state={exceptionStateAt(record, now)} />],
              ["Use", healthOf(record, now)],
              ["Version", record.version ?? 1],
              ["Hits", record.hits],
              ["Last hit", moment(record.lastHit)],
              ["Expires", moment(record.expires)],
              ...(record.reviewBy === undefined ? [] : ([["Review by", moment(record.reviewBy)]] as const)),
              ["Created by", record.createdBy],
              ["Created", moment(record.createdAt)],
              ...(record.changedAt === undefined
                ? []
                : ([
                    ["Edited by", record.changedBy ?? "unknown"],
                    ["Edited", moment(record.changedAt)],
                  ] as const)),
            ]}
          />
          <Actions record={record} />
        </>
      }
    >
      <ApprovalSection record={record} />
      <EntriesView record={record} />
      <Section title="Reason">
        <p className={classes.reason}>{record.reason}</p>
        {record.fromAlert !== undefined && (
          <TextLink to={`/alerts/${encodeURIComponent(record.fromAlert)}`}>Source alert</TextLink>
        )}
      </Section>
      <RuleScope record={record} />
      <ScopeView record={record} />
      <HealthView record={record} />
      <HiddenView record={record} />
      <Section title="Breadth when saved">
        <BreadthView breadth={record.breadth} />
        {record.breadthReason !== undefined && <p className={classes.reason}>{record.breadthReason}</p>}
      </Section>
      <HistoryView record={record} />
    </Page>
  );
}

function RuleScope({ record: { ruleIds, ruleTags = [], allRules } }: { readonly record: ExceptionRecord }) {
  const rules = useWholeList("ruleNames");
  return (
    <Section title="Applies to rules">
      {allRules === true ? (
        <p className={classes.reason}>All rules</p>
      ) : (
        <ul className={classes.rules}>
          {ruleIds.map((rule) => (
            <li key={rule}>
              <TextLink to={`/rules/${encodeURIComponent(rule)}`}>
                {rules.data?.items.find((other) => other.id === rule)?.name ?? rule}
              </TextLink>
            </li>
          ))}
          {ruleTags.map((tag) => (
            <li key={`tag ${tag}`}>{`Rules with the tag ${tag}`}</li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** Edit, disable or enable, delete: as buttons and keys. */
function Actions({ record }: { readonly record: ExceptionRecord }) {
  const [changing, change] = useState<ChangeKind>();
  const denial = useDenial("author");
  const navigate = useNavigate();
  const { id, disabledAt, deletedAt } = record;
  const isDeleted = deletedAt !== undefined;
  const toggle = disabledAt === undefined ? "disable" : "enable";
  const blocked = isDeleted ? "The exception was deleted" : denial === undefined ? undefined : "Needs the author role";
  useCommands(
    useMemo(
      () =>
        [
          {
            ...{ id: "exception-edit", title: "Edit exception…", keys: ["e"] },
            run: () => void navigate(editPath(id)),
          },
          {
            ...{ id: "exception-toggle", title: toggle === "disable" ? "Disable exception…" : "Enable exception…" },
            ...{ keys: ["d"], run: () => change(toggle) },
          },
          { id: "exception-delete", title: "Delete exception…", keys: [], run: () => change("delete") },
        ].map((command) => ({ ...command, group: "Exception", disabled: blocked })),
      [id, toggle, blocked, navigate],
    ),
  );
  return (
    <>
      {(disabledAt !== undefined || isDeleted) && (
        <p className={classes.reason}>
          {isDeleted ? "Deleted" : "Disabled"} <Moment iso={deletedAt ?? disabledAt ?? ""} />
        </p>
      )}
      {isDeleted ? null : denial === undefined ? (
        <div className={classes.buttons}>
          <Button size="xs" variant="default" title="e" onClick={() => void navigate(editPath(id))}>
            Edit…
          </Button>
          <Button size="xs" variant="default" title="d" onClick={() => change(toggle)}>
            {toggle === "disable" ? "Disable…" : "Enable…"}
          </Button>
          <Button size="xs" variant="default" onClick={() => change("delete")}>
            Delete…
          </Button>
          <ExportButton ids={[id]} />
        </div>
      ) : (
        <div className={classes.buttons}>
          <ExportButton ids={[id]} />
          <PermissionNote action="Changing an exception" denial={denial} />
        </div>
      )}
      {changing !== undefined && <ChangeDialog kind={changing} record={record} close={() => change(undefined)} />}
    </>
  );
}
