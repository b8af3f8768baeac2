import { Button } from "@mantine/core";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { ExceptionRecord, SuggestedDraft } from "#contracts/exception";
import type { ExceptionProposal, Proposal } from "#contracts/proposal";
import type { WorkItem } from "#contracts/work";
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
import { CounterExamplesSection } from "./counter-examples.tsx";
import { draftIdentity, incomplete, startDraft } from "./draft.ts";
import { DryRunResult } from "./dry-run-result.tsx";
import { DryRunSoFar } from "./dry-run-so-far.tsx";
import { DryRunView } from "./dry-run-view.tsx";
import { EditedException } from "./edited-exception.tsx";
import { EntryGroups } from "./entry-groups.tsx";
import { SaveBar } from "./save-bar.tsx";
import { SeparateSection } from "./separate.tsx";
import { Settings } from "./settings.tsx";
import { useAround } from "./use-around.ts";
import { useDryRun } from "./use-dry-run.ts";
import { useStoredDraft } from "./use-stored-draft.ts";

/** Builds an exception from an alert: entries on the left, the dry run on the right. */
export function ExceptionBuilderPage() {
  const [search] = useSearchParams();
  const alertIds = search.getAll("alert");
  const [alertId] = alertIds;
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
  if (alertId === undefined) {
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
  return alertIds.length === 1 ? (
    <FromAlert key={alertId} alertId={alertId} />
  ) : (
    <FromAlerts key={alertIds.join()} alertIds={alertIds} />
  );
}

/** One draft for several alerts, the first of which it starts from. */
function FromAlerts({ alertIds }: { readonly alertIds: readonly string[] }) {
  const [alertId = ""] = alertIds;
  const suggested = useRoute("draftException", { body: { alertIds: [...alertIds] } });
  return (
    <LoadedPage query={suggested} kind="Draft" name="New exception" back={{ to: "/queue", text: "Back to queue" }}>
      {(data) => <Builder alertId={alertId} alertIds={alertIds} suggested={data} />}
    </LoadedPage>
  );
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

const soFar = ({ dryRun }: WorkItem) => <DryRunSoFar dryRun={dryRun} />;

function Builder({
  alertId,
  alertIds = [alertId],
  suggested,
  proposal,
  replaces,
}: {
  readonly alertId: string;
  readonly alertIds?: readonly string[];
  readonly suggested: SuggestedDraft;
  readonly proposal?: ExceptionProposal;
  /** The exception that is edited. */
  readonly replaces?: ExceptionRecord;
}) {
  const [search] = useSearchParams();
  const title = replaces === undefined ? "New exception" : "Edit exception";
  usePageTitle(title);
  const [field, value] = [search.get("field"), search.get("value")];
  const { draft, edit, isRestored, startOver, forget } = useStoredDraft(
    JSON.stringify([alertIds, proposal?.id, replaces?.id, field, value]),
    () => (replaces === undefined ? startDraft(suggested, field, value) : suggested.draft),
  );
  const [because] = useState(
    () => new Map(suggested.draft.entries.map((entry, index) => [entrySentence(entry), suggested.because[index]])),
  );
  const { run, isCurrent, dryRun } = useDryRun(draft);
  const around = useAround(alertId);
  const missing = incomplete(draft);
  const identity = draftIdentity(draft);
  const [seen, setSeen] = useState<string>();
  const [overrideReason, setOverrideReason] = useState("");

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
          {isRestored && (
            <p className={classes.restored}>
              Your draft from before.
              <Button size="compact-xs" variant="subtle" onClick={startOver}>
                Start over
              </Button>
            </p>
          )}
          {proposal !== undefined && (
            <aside aria-label="Proposal" className={classes.proposal}>
              <ProposedBy proposal={proposal} />
              <Quoted text={proposal.rationale} />
            </aside>
          )}
          <EntryGroups
            draft={draft}
            suggested={suggested}
            because={because}
            matches={dryRun?.entryMatches}
            isCounting={missing === undefined}
            around={around}
            notes={dryRun?.notes}
            edit={edit}
          />
          <Settings draft={draft} edit={edit} isBroad={run.data?.breadth.level === "broad"} />
        </form>
        <section className={classes.right} aria-label="Dry run results">
          {run.error !== null ? (
            <ErrorState error={run.error} retry={() => void run.refetch()} />
          ) : run.data !== undefined || missing === undefined ? (
            <LoadedWork
              query={run}
              route="exceptionDryRun"
              label="Running the dry run on stored data"
              rows={10}
              soFar={soFar}
            >
              {(data) => (
                <DryRunResult isCurrent={isCurrent} missing={missing} onSeen={() => setSeen(identity)}>
                  <DryRunView
                    dryRun={data}
                    draft={draft}
                    narrow={edit}
                    override={{ text: overrideReason, change: setOverrideReason }}
                  />
                </DryRunResult>
              )}
            </LoadedWork>
          ) : (
            <EmptyState title="No dry run yet" reason={`${missing}. The dry run then starts by itself.`} />
          )}
          <CounterExamplesSection draft={draft} edit={edit} />
          <SeparateSection draft={draft} alertIds={alertIds} edit={edit} />
        </section>
      </div>
      <SaveBar
        alertId={alertId}
        draft={draft}
        proposal={proposal?.id}
        overrideReason={overrideReason}
        replaces={replaces?.id}
        dryRun={dryRun}
        seen={seen}
        onSaved={forget}
        isRunning={!isCurrent && missing === undefined && run.isFetching}
      />
    </div>
  );
}
