import { Button } from "@mantine/core";
import { IconLink, IconLinkOff } from "@tabler/icons-react";
import { useSearchParams } from "react-router";
import type { AuditPage as AuditAnswer, AuditRecord } from "#contracts/audit";
import { useRoute, useWholeList } from "../../api/queries.ts";
import { actionWords, changeText } from "../../ui/action-words.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { Page, Table, TextLink } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./audit.module.css";
import { Origin } from "./origin.tsx";

const places: Readonly<Record<string, string>> = { alert: "/alerts/", exception: "/exceptions/", rule: "/rules/" };
/** Subject kinds with human-readable ids, which are shown in full. */
const named: ReadonlySet<string> = new Set(["rule", "rules", "rule-folder"]);

type Chain = AuditAnswer["chain"];

/** The audit trail: every change with actor and time. Each record contains the hash of the previous one. */
export function AuditPage() {
  const [search, setSearch] = useSearchParams();
  const id = search.get("id") ?? undefined;
  const kind = search.get("kind") ?? undefined;
  const limit = Math.min(500, Number(search.get("limit") ?? "100") || 100);
  const names = useAccountNames();
  const audit = useRoute("audit", { query: { id, kind, limit } }, { fallback: 10_000, keep: true });
  return (
    <Page title="Audit trail">
      <Loaded query={audit} label="Loading the audit trail">
        {({ items, total, next, chain }) => (
          <>
            <p className={classes.chain} data-broken={!chain.intact || undefined}>
              {chain.intact ? <IconLink size={16} aria-hidden /> : <IconLinkOff size={16} aria-hidden />}
              {chainText(chain)}
            </p>
            <Notes chain={chain} />
            {(id !== undefined || kind !== undefined) && (
              <Button size="compact-xs" variant="light" onClick={() => setSearch({})}>
                {`Clear filter: ${[kind, id].filter((part) => part !== undefined).join(" ")}`}
              </Button>
            )}
            <Table
              label="Audit records"
              rows={items}
              total={total}
              keyOf={(record) => String(record.sequence)}
              empty="No changes yet. Answers, status changes and exceptions are recorded here."
              columns={[
                { title: "#", numeric: true, cell: (record) => record.sequence },
                { title: "Time", cell: (record) => <Moment iso={record.at} /> },
                { title: "Who", cell: (record) => <Origin record={record} /> },
                {
                  title: "Action",
                  cell: (record) => (
                    <>
                      <span title={record.action}>{actionWords(record)}</span>
                      <span className={classes.subject}>
                        <Subject record={record} names={names} />
                      </span>
                    </>
                  ),
                },
                { title: "Change", wide: true, cell: (record) => <Change record={record} /> },
                { title: "Hash", cell: (record) => <code title={record.hash}>{record.hash.slice(0, 12)}</code> },
              ]}
            />
            {next !== undefined && (
              <Button
                size="xs"
                mt={10}
                variant="default"
                onClick={() => setSearch({ ...Object.fromEntries(search), limit: String(Math.min(500, limit + 100)) })}
              >
                Show more
              </Button>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function chainText({ intact, checked, brokenAt, lacks }: Chain): string {
  if (intact) {
    return `Audit chain verified (${checked.toLocaleString("en")} ${checked === 1 ? "record" : "records"})`;
  }
  return lacks === undefined
    ? `Audit chain broken at record ${brokenAt ?? "unknown"}: this record or an earlier one was changed after it was written.`
    : `Audit trail cut: record ${lacks.sequence} was noted and is missing or another one. The records from ${brokenAt ?? "unknown"} on were removed or replaced.`;
}

/** What keeps the notes beside the database from showing that the last records were removed. */
function Notes({ chain: { checked, notes } }: { readonly chain: Chain }) {
  const { isKept, file, unreadable, failure } = notes;
  if (file === undefined || (isKept && unreadable === 0 && failure === undefined) || (!isKept && checked === 0)) {
    return undefined;
  }
  const reason = !isKept
    ? `There is no file ${file}`
    : failure === undefined
      ? `${unreadable.toLocaleString("en")} ${unreadable === 1 ? "line" : "lines"} of ${file} cannot be read`
      : `${file} cannot be read (${failure})`;
  return (
    <p className={classes.chain} data-broken>
      <IconLinkOff size={16} aria-hidden />
      <VisibleText text={`${reason}: if the last records were removed, the chain above does not show it.`} />
    </p>
  );
}

/** Names of people and service tokens by id, for those who may see them. */
function useAccountNames(): ReadonlyMap<string, string> {
  const isAdministrator = useRoute("me", {}, { freshFor: 60_000 }).data?.permissions.includes("administer") === true;
  const people = useWholeList("people", { enabled: isAdministrator });
  const tokens = useWholeList("serviceTokens", { enabled: isAdministrator });
  return new Map([...(people.data?.items ?? []), ...(tokens.data?.items ?? [])].map(({ id, name }) => [id, name]));
}

function Subject({ record, names }: { readonly record: AuditRecord; readonly names: ReadonlyMap<string, string> }) {
  const place = places[record.subject.kind];
  const { kind, id } = record.subject;
  const text = `${kind.replace("-", " ")} ${names.get(id) ?? (named.has(kind) ? id : id.slice(0, 8))}`;
  return place === undefined ? (
    <VisibleText text={text} />
  ) : (
    <TextLink to={`${place}${encodeURIComponent(record.subject.id)}`}>{text}</TextLink>
  );
}

function Change({ record }: { readonly record: AuditRecord }) {
  const { before, after } = record;
  if (before === undefined && after === undefined) {
    return null;
  }
  const words = changeText(record);
  const text = words ?? (after === undefined ? `was ${JSON.stringify(before)}` : JSON.stringify(after));
  return (
    <details className={classes.change}>
      <summary>
        <ChangeLine text={text.length > 110 ? `${text.slice(0, 110)}…` : text} isWords={words !== undefined} />
      </summary>
      <p>Before</p>
      <pre>{before === undefined ? "Nothing" : JSON.stringify(before, undefined, 2)}</pre>
      <p>After</p>
      <pre>{after === undefined ? "Nothing" : JSON.stringify(after, undefined, 2)}</pre>
    </details>
  );
}

const ChangeLine = ({ text, isWords }: { readonly text: string; readonly isWords: boolean }) =>
  isWords ? (
    <VisibleText text={text} />
  ) : (
    <code>
      <VisibleText text={text} />
    </code>
  );
