import { Button, Loader, MultiSelect, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconLock, IconPlus } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { DraftProposal, ExceptionDraft } from "#contracts/exception";
import { useChange, useRoute } from "../../api/queries.ts";
import { useCommands } from "../../keyboard/commands.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Page, TextLink, usePageTitle } from "../../ui/page.tsx";
import { EmptyState, ErrorState, LoadingState } from "../../ui/state.tsx";
import classes from "./builder-page.module.css";
import { draftIdentity, incomplete, newEntry, saveBlocked, startDraft } from "./draft.ts";
import { closingWords, DryRunView } from "./dry-run-view.tsx";
import { EntryEditor } from "./entry-editor.tsx";

/** Builds an exception from an alert: entries on the left, the dry run on the right. */
export function ExceptionBuilderPage() {
  const [search] = useSearchParams();
  const alertId = search.get("alert");
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
  const proposal = useRoute("exceptionDraft", { params: { id: alertId } });
  return (
    <LoadedPage
      query={proposal}
      kind="Draft"
      name="New exception"
      back={{ to: `/alerts/${encodeURIComponent(alertId)}`, text: "Back to alert" }}
    >
      {(data) => <Builder alertId={alertId} proposal={data} />}
    </LoadedPage>
  );
}

function Builder({ alertId, proposal }: { readonly alertId: string; readonly proposal: DraftProposal }) {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  usePageTitle("New exception");
  const [draft, setDraft] = useState(() => startDraft(proposal, search.get("field"), search.get("value")));
  const [because] = useState(
    () => new Map(proposal.draft.entries.map((entry, index) => [entry.field, proposal.because[index]])),
  );
  const edit = (change: Partial<ExceptionDraft>) => setDraft((before) => ({ ...before, ...change }));

  const [settled] = useDebouncedValue(draft, 350);
  const missing = incomplete(draft);
  const run = useRoute(
    "exceptionDryRun",
    { body: settled },
    { enabled: incomplete(settled) === undefined, keep: true },
  );
  const identity = draftIdentity(draft);
  const isCurrent = draftIdentity(settled) === identity && !run.isPlaceholderData && run.data !== undefined;
  const [seen, setSeen] = useState<string>();
  const dryRun = isCurrent ? run.data : undefined;

  const closes = dryRun?.totals.closesNow ?? 0;
  const save = useChange("saveException");
  const blocked = saveBlocked({ draft, dryRun, seen, now: Date.now() });
  const send = () => {
    if (blocked !== undefined || dryRun === undefined) {
      return;
    }
    save.mutate(
      { body: { draft, dryRunToken: dryRun.token } },
      {
        onSuccess: ({ exception, closed }) => {
          notifications.show({
            title: "Exception saved",
            message:
              exception.mode === "shadow"
                ? "Saved in shadow mode. No alerts were closed."
                : `${closed.toLocaleString("en")} ${closed === 1 ? "alert" : "alerts"} closed.`,
          });
          void navigate(`/exceptions/${encodeURIComponent(exception.id)}`);
        },
      },
    );
  };
  const latestSend = useRef(send);
  latestSend.current = send;
  useCommands(
    useMemo(
      () => [
        {
          id: "exception-save",
          title: "Save exception",
          group: "Exception",
          keys: ["mod+s"],
          run: () => latestSend.current(),
          disabled: blocked,
        },
      ],
      [blocked],
    ),
  );

  return (
    <div className={classes.page}>
      <div className={classes.columns}>
        <form className={classes.left} aria-label="Exception" onSubmit={(event) => event.preventDefault()}>
          <header className={classes.head}>
            <h1>New exception</h1>
            <TextLink to={`/alerts/${encodeURIComponent(alertId)}`}>Back to alert</TextLink>
          </header>
          <Entries draft={draft} proposal={proposal} because={because} matches={dryRun?.entryMatches} edit={edit} />
          <Settings draft={draft} edit={edit} isBroad={run.data?.breadth.level === "broad"} />
        </form>
        <section className={classes.right} aria-label="Dry run results">
          {run.error !== null ? (
            <ErrorState error={run.error} retry={() => void run.refetch()} />
          ) : run.data === undefined ? (
            missing === undefined ? (
              <LoadingState label="Running the dry run over stored data" rows={10} />
            ) : (
              <EmptyState title="No dry run yet" reason={`${missing} to start the dry run over stored data.`} />
            )
          ) : (
            <Result isCurrent={isCurrent} onSeen={() => setSeen(identity)}>
              <DryRunView dryRun={run.data} mode={draft.mode} />
            </Result>
          )}
        </section>
      </div>
      <footer className={classes.bar}>
        {save.error !== null && (
          <div className={classes.failure}>
            <ErrorState error={save.error} retry={save.reset} />
          </div>
        )}
        <p role="status" data-blocked={blocked !== undefined || undefined}>
          {blocked === undefined ? (
            `${draft.mode === "shadow" ? "Shadow mode: hits are counted, nothing is hidden." : `Enforced: ${closes.toLocaleString("en")} ${closingWords(draft.mode, closes)}, and matching alerts are no longer raised.`}`
          ) : (
            <>
              {!isCurrent && missing === undefined && run.isFetching ? (
                <Loader size={13} aria-hidden />
              ) : (
                <IconLock size={14} aria-hidden />
              )}
              {blocked}
              {isCurrent && seen !== identity && (
                <Button
                  size="compact-xs"
                  variant="default"
                  onClick={() => document.getElementById("dry-run")?.scrollIntoView({ block: "start" })}
                >
                  Show dry run
                </Button>
              )}
            </>
          )}
        </p>
        <Button size="xs" variant="default" onClick={() => void navigate(-1)}>
          Discard
        </Button>
        <Button
          size="xs"
          disabled={blocked !== undefined}
          loading={save.isPending}
          onClick={send}
          title={blocked ?? "Ctrl S"}
        >
          {draft.mode === "shadow" ? "Save in shadow mode" : "Save and enforce"}
        </Button>
      </footer>
    </div>
  );
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
          <Loader size={13} aria-hidden /> Running the dry run for the changed draft. Results below are for the previous
          one.
        </p>
      )}
      {children}
    </div>
  );
}

function Entries({
  draft,
  proposal,
  because,
  matches,
  edit,
}: {
  readonly draft: ExceptionDraft;
  readonly proposal: DraftProposal;
  readonly because: ReadonlyMap<string, string | undefined>;
  readonly matches: readonly number[] | undefined;
  readonly edit: (change: Partial<ExceptionDraft>) => void;
}) {
  const { entries } = draft;
  const unused =
    proposal.fields.find((field) => !entries.some((entry) => entry.field === field.field)) ?? proposal.fields[0];
  return (
    <section aria-label="Entries">
      <h2 className={classes.title}>
        All conditions must match <span>{entries.length}</span>
      </h2>
      <ol className={classes.entries}>
        {entries.map((entry, index) => (
          <EntryEditor
            // biome-ignore lint/suspicious/noArrayIndexKey: an entry is identified by its position; all of its parts can change.
            key={index}
            entry={entry}
            fields={proposal.fields}
            because={because.get(entry.field)}
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

const days = [7, 30, 90] as const;

function Settings({
  draft,
  edit,
  isBroad,
}: {
  readonly draft: ExceptionDraft;
  readonly edit: (change: Partial<ExceptionDraft>) => void;
  readonly isBroad: boolean;
}) {
  const rules = useRoute("ruleNames");
  const names = new Map(rules.data?.items.map((rule) => [rule.id, `${rule.name} v${rule.version}`]));
  for (const id of draft.ruleIds) {
    names.set(id, names.get(id) ?? id);
  }
  return (
    <section className={classes.settings} aria-label="Settings">
      <TextInput
        size="xs"
        label="Name"
        required
        maxLength={200}
        value={draft.name}
        onChange={(event) => edit({ name: event.currentTarget.value })}
      />
      <MultiSelect
        size="xs"
        label="Applies to rules"
        searchable
        data={[...names].map(([value, label]) => ({ value, label }))}
        value={draft.ruleIds}
        onChange={(ruleIds) => ruleIds.length > 0 && edit({ ruleIds })}
      />
      <div className={classes.pair}>
        <div>
          <p className={classes.label}>Mode</p>
          <SegmentedControl
            size="xs"
            aria-label="Mode"
            value={draft.mode}
            onChange={(value) => edit({ mode: value === "enforced" ? "enforced" : "shadow" })}
            data={[
              { value: "shadow", label: "Shadow first" },
              { value: "enforced", label: "Enforced" },
            ]}
          />
        </div>
        <TextInput
          size="xs"
          type="date"
          label="Expires (UTC)"
          value={draft.expires?.slice(0, 10) ?? ""}
          onChange={(event) => {
            const day = event.currentTarget.value;
            edit({ expires: day === "" ? undefined : `${day}T00:00:00.000Z` });
          }}
        />
        <div className={classes.presets}>
          {days.map((count) => (
            <Button
              key={count}
              size="compact-xs"
              variant="default"
              onClick={() =>
                edit({
                  expires: `${new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 10)}T00:00:00.000Z`,
                })
              }
            >
              {count} days
            </Button>
          ))}
          <Button size="compact-xs" variant="default" onClick={() => edit({ expires: undefined })}>
            Never
          </Button>
        </div>
      </div>
      <Textarea
        size="xs"
        label="Reason"
        description="Why this activity is expected"
        required
        autosize
        minRows={2}
        maxRows={8}
        maxLength={4000}
        value={draft.reason}
        onChange={(event) => edit({ reason: event.currentTarget.value })}
      />
      {(isBroad || draft.breadthReason !== undefined) && (
        <Textarea
          size="xs"
          label="Reason for the breadth"
          required={isBroad}
          autosize
          minRows={2}
          maxLength={4000}
          value={draft.breadthReason ?? ""}
          onChange={(event) => {
            const text = event.currentTarget.value;
            edit({ breadthReason: text === "" ? undefined : text });
          }}
        />
      )}
    </section>
  );
}
