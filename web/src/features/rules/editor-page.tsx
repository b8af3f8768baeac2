import { Button, NumberInput, SegmentedControl, Select, Textarea, TextInput } from "@mantine/core";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { severity } from "#contracts/alert";
import { languages, ruleLanguage } from "#contracts/language";
import type { Problem } from "#contracts/problem";
import type { DraftCheck, RuleDraft } from "#contracts/rule-draft";
import { type RequestError, request } from "../../api/client.ts";
import { useRoute, useWholeList } from "../../api/queries.ts";
import { CodeEditor } from "../../ui/code-editor.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { ErrorState, Loaded } from "../../ui/state.tsx";
import { draftOf, isTemplate, keepDraft, keptDraft, newDraft } from "./drafts.ts";
import classes from "./editor-page.module.css";
import { Hits, RunStatus } from "./run-view.tsx";
import { SaveDraft } from "./save-draft.tsx";
import { RuleStructureView } from "./structure.tsx";
import { RuleTabs } from "./tabs.tsx";
import { type FollowedRun, useRun } from "./use-run.ts";

/** The rule editor: checks while typing, runs on stored events, saves as a file. */
export function RuleEditorPage() {
  const [search] = useSearchParams();
  const from = search.get("from");
  const rule = useRoute("rule", { params: { id: from ?? "" } }, { enabled: from !== null });
  return (
    <Page title={from === null ? "New rule" : "Edit a copy"}>
      <RuleTabs />
      {from === null ? (
        <Editor key="new" first={keptDraft() ?? newDraft("eql")} keep />
      ) : (
        <Loaded query={rule} label="Loading the rule">
          {(data) => <Editor key={data.id} first={draftOf(data)} keep={false} />}
        </Loaded>
      )}
    </Page>
  );
}

/** Delay between the last keystroke and the check, in milliseconds. */
const PAUSE = 300;

function Editor({ first, keep }: { readonly first: RuleDraft; readonly keep: boolean }) {
  const [draft, setDraft] = useState(first);
  const edit = (change: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...change }));
  useEffect(() => {
    if (keep) {
      keepDraft(draft);
    }
  }, [draft, keep]);
  const check = useCheck(draft);
  const fields = useWholeList("fieldNames");
  const run = useRun();
  const problems = check.data?.problems ?? [];
  const warnings = useMemo(() => refusalsOf(check.data), [check.data]);
  const [triedText, setTriedText] = useState<string>();
  const tryIt = () => {
    if (run.denial !== undefined) {
      return;
    }
    setTriedText(draft.text);
    run.start({ kind: "draft", draft });
  };
  return (
    <>
      <div className={classes.head}>
        <SegmentedControl
          size="xs"
          aria-label="Language"
          value={draft.language}
          onChange={(value) => {
            const language = ruleLanguage.parse(value);
            // An unchanged template is replaced when the language changes.
            edit(isTemplate(draft) ? newDraft(language) : { language });
          }}
          data={ruleLanguage.options.map((value) => ({ value, label: languages[value].label }))}
        />
        <Button
          size="xs"
          variant="default"
          onClick={() => {
            keepDraft(undefined);
            setDraft(newDraft(draft.language));
          }}
        >
          Start over
        </Button>
      </div>
      <CodeEditor
        label="Rule"
        language={draft.language}
        value={draft.text}
        onChange={(text) => edit({ text })}
        onRun={tryIt}
        problems={problems}
        warnings={warnings}
        fields={fields.data?.items ?? []}
      />
      <Verdict query={check} />
      {languages[draft.language].text === "query" && <About draft={draft} edit={edit} />}
      <TryOut text={draft.text} isValid={problems.length === 0} triedText={triedText} followed={run} tryIt={tryIt} />
      <SaveDraft draft={draft} check={check.data} />
      {check.data?.structure !== undefined && check.data.evaluable && (
        <RuleStructureView structure={check.data.structure} />
      )}
    </>
  );
}

function TryOut({
  text,
  isValid,
  triedText,
  followed: { run, busy, error, denial, stop },
  tryIt,
}: {
  readonly text: string;
  readonly isValid: boolean;
  /** The text of the latest run. */
  readonly triedText: string | undefined;
  readonly followed: FollowedRun;
  readonly tryIt: () => void;
}) {
  const [tried] = run?.rules ?? [];
  return (
    <Section title="Try on stored events" aside="Preview only: no alerts are created and exceptions are ignored">
      {denial === undefined ? (
        <>
          <Button size="xs" loading={busy} disabled={text.trim() === "" || !isValid} onClick={tryIt}>
            Try on stored events
          </Button>
          <span className={classes.hint}>Ctrl Enter</span>
        </>
      ) : (
        <PermissionNote action="Running rules on stored events" denial={denial} />
      )}
      {error !== null && <ErrorState error={error} />}
      {run !== undefined && triedText !== text && (
        <p className={classes.stale} role="status">
          The rule has changed since. These are the hits of the previous text.
        </p>
      )}
      {run !== undefined && <RunStatus run={run} stop={stop} />}
      {run !== undefined && tried !== undefined && (
        <>
          <p className={classes.hits}>
            <strong>{`${run.exact ? "" : "at least "}${tried.hits.toLocaleString("en")} ${tried.hits === 1 ? "hit" : "hits"}`}</strong>
            {tried.reason === undefined ? "" : ` · not run: ${tried.reason}`}
          </p>
          <Hits
            label="Hits"
            hits={tried.listed}
            total={tried.hits}
            empty={run.state === "running" ? "No hits so far." : "No matches in stored events."}
          />
        </>
      )}
    </Section>
  );
}

/** The server's check of the draft, slightly behind the typing. */
function useCheck(draft: RuleDraft) {
  const [settled, setSettled] = useState(draft);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(draft), PAUSE);
    return () => clearTimeout(timer);
  }, [draft]);
  return useQuery<DraftCheck, RequestError>({
    queryKey: ["checkRule", settled],
    queryFn: ({ signal }) => request("checkRule", { body: settled, signal }),
    enabled: settled.text.trim() !== "",
    placeholderData: (before) => before,
  });
}

/** Why a valid draft is not evaluable, as a mark in its text. */
function refusalsOf(check: DraftCheck | undefined): readonly Problem[] {
  return check?.reason === undefined ? [] : [{ code: "query.not-supported", message: check.reason, at: check.at }];
}

/** The marks as text, for screen readers. */
function Verdict({ query }: { readonly query: UseQueryResult<DraftCheck, RequestError> }) {
  const { data: check, error } = query;
  if (error !== null) {
    return <ErrorState error={error} retry={() => void query.refetch()} trying={query.isFetching} />;
  }
  if (check === undefined) {
    return (
      <p className={classes.verdict} role="status" data-open>
        {query.isFetching ? "Checking…" : "Enter a query."}
      </p>
    );
  }
  const [problem] = check.problems;
  const { line, column } = (problem ?? check).at ?? {};
  const place = line === undefined ? "" : `Line ${line}, column ${column ?? 1}: `;
  return (
    <p className={classes.verdict} role="status" data-wrong={problem !== undefined || !check.evaluable || undefined}>
      {problem !== undefined
        ? `${place}${problem.message}`
        : check.evaluable
          ? "No errors."
          : `Valid, but not evaluable. ${place}${check.reason ?? ""}`}
    </p>
  );
}

function About({ draft, edit }: { readonly draft: RuleDraft; readonly edit: (change: Partial<RuleDraft>) => void }) {
  return (
    <section className={classes.about} aria-label="Details">
      <TextInput
        size="xs"
        label="Name"
        maxLength={300}
        value={draft.name}
        onChange={(event) => edit({ name: event.currentTarget.value })}
      />
      <TextInput
        size="xs"
        label="Id"
        description="Reuse an id to create a new version"
        maxLength={200}
        value={draft.id}
        onChange={(event) => edit({ id: event.currentTarget.value })}
      />
      <Select
        size="xs"
        label="Severity"
        allowDeselect={false}
        data={severity.options}
        value={draft.severity}
        onChange={(value) => edit({ severity: severity.parse(value) })}
      />
      <NumberInput
        size="xs"
        label="Risk score"
        min={0}
        max={100}
        value={draft.riskScore}
        onChange={(value) => edit({ riskScore: Math.min(100, Math.max(0, Number(value) || 0)) })}
      />
      <Textarea
        size="xs"
        label="Description"
        className={classes.wide}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={10_000}
        value={draft.description}
        onChange={(event) => edit({ description: event.currentTarget.value })}
      />
    </section>
  );
}
