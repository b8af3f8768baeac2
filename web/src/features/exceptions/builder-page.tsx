import { Button, Loader } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import type { ExceptionDraft, ExceptionRecord, SuggestedDraft } from "#contracts/exception";
import { eventFieldsOf } from "#contracts/exception-entry";
import type { ExceptionProposal, Proposal } from "#contracts/proposal";
import { useDenial } from "../../api/permission.ts";
import { useRoute } from "../../api/queries.ts";
import { DeniedPage } from "../../ui/denied-page.tsx";
import { entrySentence } from "../../ui/exception-entry.ts";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Page, TextLink, usePageTitle } from "../../ui/page.tsx";
import { ProposedBy } from "../../ui/proposed-by.tsx";
import { Quoted } from "../../ui/quoted.tsx";
import { EmptyState, ErrorState, Loaded } from "../../ui/state.tsx";
import { LoadedWork } from "../../ui/work-progress.tsx";
import classes from "./builder-page.module.css";
import { draftIdentity, incomplete, newEntry, startDraft } from "./draft.ts";
import { DryRunView } from "./dry-run-view.tsx";
import { EditedException } from "./edited-exception.tsx";
import { EntryEditor } from "./entry-editor.tsx";
import { SaveBar } from "./save-bar.tsx";
import { Settings } from "./settings.tsx";

/** Builds an exception from an alert: entries on the left, the dry run on the right. */
export function ExceptionBuilderPage() {
  const [search] = useSearchParams();
  const alertId = search.get("alert");
  const denial = useDenial("triage");
  if (denial !== undefined) {
    return <DeniedPage title="New exception" denial={denial} />;
  }
  const stored = search.get("exception");
  if (stored !== null) {
    return (
      <EditedException key={stored} id={stored}>
        {(suggested, replaces) => (
          <Builder alertId={replaces.fromAlert ?? ""} suggested={suggested} replaces={replaces} />
        )}
      </EditedException>
    );
  }
  if (alertId === null) {
    return (
      <Page title="New exception">
        <EmptyState
          title="Exceptions start from an alert"
          reason="Open an alert that should not have been raised and choose Exception…: its values become the first draft."
          action={<TextLink to="/queue">Go to queue</TextLink>}
        />
      </Page>
    );
  }
  return <FromAlert key={alertId} alertId={alertId} />;
}

function FromAlert({ alertId }: { readonly alertId: string }) {
  const [search] = useSearchParams();
  const suggested = useRoute("exceptionDraft", { params: { id: alertId } });
  const proposalId = search.get("proposal");
  return (
    <LoadedPage
      query={suggested}
      kind="Draft"
      name="New exception"
      back={{ to: `/alerts/${encodeURIComponent(alertId)}`, text: "Back to alert" }}
    >
      {(data) =>
        proposalId === null ? (
          <Builder alertId={alertId} suggested={data} />
        ) : (
          <FromProposal id={proposalId} alertId={alertId} suggested={data} />
        )
      }
    </LoadedPage>
  );
}

/** Starts with a proposed draft in place of the suggested one. Saving it takes the proposal. */
function FromProposal({
  id,
  alertId,
  suggested,
}: {
  readonly id: string;
  readonly alertId: string;
  readonly suggested: SuggestedDraft;
}) {
  const loaded = useRoute("proposal", { params: { id } }, { freshFor: 60_000 });
  return (
    <Loaded query={loaded} label="Loading the proposal" rows={10}>
      {(proposal) => <Opened proposal={proposal} alertId={alertId} suggested={suggested} />}
    </Loaded>
  );
}

/** The proposal as it was when the page opened: saving takes it, which must not close the page before it has ended. */
function Opened({
  proposal,
  alertId,
  suggested,
}: {
  readonly proposal: Proposal;
  readonly alertId: string;
  readonly suggested: SuggestedDraft;
}) {
  const [opened] = useState(proposal);
  return opened.kind === "exception" && opened.state === "open" ? (
    <Builder alertId={alertId} suggested={{ ...suggested, draft: opened.draft, because: [] }} proposal={opened} />
  ) : (
    <EmptyState
      title="This proposal is no longer open"
      reason="Somebody has decided on it, or it is not an exception."
      action={<TextLink to={`/alerts/${encodeURIComponent(alertId)}`}>Back to alert</TextLink>}
    />
  );
}

/** Delay between the last change and its dry run, in milliseconds. */
const PAUSE = 350;

function Builder({
  alertId,
  suggested,
  proposal,
  replaces,
}: {
  readonly alertId: string;
  readonly suggested: SuggestedDraft;
  readonly proposal?: ExceptionProposal;
  /** The exception that is edited. */
  readonly replaces?: ExceptionRecord;
}) {
  const [search] = useSearchParams();
  const title = replaces === undefined ? "New exception" : "Edit exception";
  usePageTitle(title);
  const [draft, setDraft] = useState(() =>
    replaces === undefined ? startDraft(suggested, search.get("field"), search.get("value")) : suggested.draft,
  );
  const [because] = useState(
    () => new Map(suggested.draft.entries.map((entry, index) => [entrySentence(entry), suggested.because[index]])),
  );
  const edit = (change: Partial<ExceptionDraft>) => setDraft((before) => ({ ...before, ...change }));
  const { run, isCurrent, dryRun } = useDryRun(draft);
  const missing = incomplete(draft);
  const identity = draftIdentity(draft);
  const [seen, setSeen] = useState<string>();

  return (
    <div className={classes.page}>
      <div className={classes.columns}>
        <form className={classes.left} aria-label="Exception" onSubmit={(event) => event.preventDefault()}>
          <header className={classes.head}>
            <h1>{title}</h1>
            {replaces === undefined ? (
              <TextLink to={`/alerts/${encodeURIComponent(alertId)}`}>Back to alert</TextLink>
            ) : (
              <TextLink to={`/exceptions/${encodeURIComponent(replaces.id)}`}>Back to exception</TextLink>
            )}
          </header>
          {proposal !== undefined && (
            <aside aria-label="Proposal" className={classes.proposal}>
              <ProposedBy proposal={proposal} />
              <Quoted text={proposal.rationale} />
            </aside>
          )}
          <Entries draft={draft} suggested={suggested} because={because} matches={dryRun?.entryMatches} edit={edit} />
          <Settings draft={draft} edit={edit} isBroad={run.data?.breadth.level === "broad"} />
        </form>
        <section className={classes.right} aria-label="Dry run results">
          {run.error !== null ? (
            <ErrorState error={run.error} retry={() => void run.refetch()} />
          ) : run.data !== undefined || missing === undefined ? (
            <LoadedWork query={run} route="exceptionDryRun" label="Running the dry run on stored data" rows={10}>
              {(data) => (
                <Result isCurrent={isCurrent} onSeen={() => setSeen(identity)}>
                  <DryRunView dryRun={data} mode={draft.mode} />
                </Result>
              )}
            </LoadedWork>
          ) : (
            <EmptyState title="No dry run yet" reason={`${missing}. The dry run then starts by itself.`} />
          )}
        </section>
      </div>
      <SaveBar
        alertId={alertId}
        draft={draft}
        proposal={proposal?.id}
        replaces={replaces?.id}
        dryRun={dryRun}
        seen={seen}
        isRunning={!isCurrent && missing === undefined && run.isFetching}
      />
    </div>
  );
}

/** The dry run of the draft, slightly behind the typing. `dryRun` is undefined unless it belongs to this very draft. */
function useDryRun(draft: ExceptionDraft) {
  const [settled] = useDebouncedValue(draft, PAUSE);
  const run = useRoute(
    "exceptionDryRun",
    { body: settled },
    { enabled: incomplete(settled) === undefined, keep: true },
  );
  const isSettled = draftIdentity(settled) === draftIdentity(draft);
  const isCurrent = isSettled && !run.isPlaceholderData && run.data !== undefined;
  // Until the typing has settled, the dry run of the draft is still to come.
  return {
    run: { ...run, isFetching: run.isFetching || !isSettled },
    isCurrent,
    dryRun: isCurrent ? run.data : undefined,
  };
}

/** Marks the dry run as seen once the result of the current draft has been in the viewport. */
function Result({
  isCurrent,
  onSeen,
  children,
}: {
  readonly isCurrent: boolean;
  readonly onSeen: () => void;
  readonly children: React.ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(onSeen);
  latest.current = onSeen;
  useEffect(() => {
    const element = box.current;
    if (element === null || !isCurrent) {
      return;
    }
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        latest.current();
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isCurrent]);
  return (
    <div ref={box} id="dry-run" className={classes.result} data-stale={!isCurrent || undefined} aria-busy={!isCurrent}>
      {!isCurrent && (
        <p className={classes.trying}>
          <Loader size={13} aria-hidden /> Running the dry run of the changed draft. The results below are of the
          previous draft.
        </p>
      )}
      {children}
    </div>
  );
}

function Entries({
  draft,
  suggested,
  because,
  matches,
  edit,
}: {
  readonly draft: ExceptionDraft;
  readonly suggested: SuggestedDraft;
  readonly because: ReadonlyMap<string, string | undefined>;
  readonly matches: readonly number[] | undefined;
  readonly edit: (change: Partial<ExceptionDraft>) => void;
}) {
  const { entries } = draft;
  const unused =
    suggested.fields.find((field) => !entries.some((entry) => eventFieldsOf(entry).includes(field.field))) ??
    suggested.fields[0];
  return (
    <section aria-label="Entries">
      <h2 className={classes.title}>
        All conditions must match <span>{entries.length}</span>
      </h2>
      <ol className={classes.entries}>
        {entries.map((entry, index) => (
          <EntryEditor
            // biome-ignore lint/suspicious/noArrayIndexKey: an entry is identified by its position.
            key={index}
            entry={entry}
            fields={suggested.fields}
            because={because.get(entrySentence(entry))}
            matches={matches?.[index]}
            change={(next) => edit({ entries: entries.map((other, at) => (at === index ? next : other)) })}
            remove={() => edit({ entries: entries.filter((_, at) => at !== index) })}
          />
        ))}
      </ol>
      <Button
        size="compact-xs"
        variant="subtle"
        leftSection={<IconPlus size={13} aria-hidden />}
        disabled={unused === undefined || entries.length >= 50}
        onClick={() => unused !== undefined && edit({ entries: [...entries, newEntry(unused.field, unused.values)] })}
      >
        Add entry
      </Button>
    </section>
  );
}
