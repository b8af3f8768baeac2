import { Button } from "@mantine/core";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useParams } from "react-router";
import type { PlaybookCheck, PlaybookFile } from "#contracts/playbook-draft";
import { type RequestError, request } from "../../api/client.ts";
import { useRoute, useWholeList } from "../../api/queries.ts";
import { CodeEditor } from "../../ui/code-editor.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { Page, Section, TextLink } from "../../ui/page.tsx";
import { playbookPath } from "../../ui/playbook-words.ts";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./editor-page.module.css";
import { SavePlaybook } from "./save-playbook.tsx";
import { StepOrder } from "./step-order.tsx";
import { template } from "./template.ts";
import { Versions } from "./versions.tsx";

/** Milliseconds between the last keystroke and the check. */
const PAUSE = 300;

/** A new playbook. */
export function NewPlaybookPage() {
  return (
    <Page title="New playbook">
      <Editor first={template} file={undefined} id={undefined} />
    </Page>
  );
}

/** The file of a playbook; of a shipped one a copy, to be saved in an own folder. */
export function EditPlaybookPage() {
  const { id = "" } = useParams();
  const file = useRoute("playbookFile", { params: { playbook: id } });
  return (
    <LoadedPage query={file} kind="Playbook" back={{ to: playbookPath(id), text: "The playbook" }}>
      {(data) => (
        <Page kind="Playbook" title={`${data.writable ? "Edit" : "Edit a copy of"} ${data.name}`}>
          {!data.writable && (
            <p className={classes.about}>It is part of Stemma: a copy with its id in an own folder takes its place.</p>
          )}
          <p className={classes.about}>
            <TextLink to={playbookPath(id)}>Read the playbook</TextLink>
          </p>
          <Editor key={id} first={data.text} file={data} id={id} />
        </Page>
      )}
    </LoadedPage>
  );
}

function Editor({
  first,
  file,
  id,
}: {
  readonly first: string;
  readonly file: PlaybookFile | undefined;
  readonly id: string | undefined;
}) {
  const [text, setText] = useState(first);
  const [name, setName] = useState(file?.name ?? "my-playbook.md");
  const fields = useWholeList("fieldNames");
  const check = useCheck(text, name);
  const isChanged = text !== first;
  useUnloadWarning(isChanged);
  return (
    <>
      <CodeEditor
        label="Playbook"
        language="playbook"
        value={text}
        onChange={setText}
        problems={check.data?.problems ?? noProblems}
        warnings={check.data?.playbook?.warnings ?? noProblems}
        fields={fields.data?.items ?? []}
      />
      <Verdict query={check} />
      <div className={classes.actions}>
        <Button size="xs" variant="default" disabled={!isChanged} onClick={() => setText(first)}>
          Undo all changes
        </Button>
      </div>
      <Section title="Steps" aside="drag, or Alt with an arrow key on its buttons">
        <StepOrder text={text} edit={setText} />
      </Section>
      <SavePlaybook text={text} name={name} setName={setName} file={file} id={id} check={check.data} />
      {file !== undefined && id !== undefined && <Versions id={id} file={file} restore={setText} />}
    </>
  );
}

const noProblems = [] as const;

/** The server's check of the draft, slightly behind the typing. */
function useCheck(text: string, name: string) {
  const [settled, setSettled] = useState({ text, name });
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ text, name }), PAUSE);
    return () => clearTimeout(timer);
  }, [text, name]);
  return useQuery<PlaybookCheck, RequestError>({
    queryKey: ["checkPlaybook", settled],
    queryFn: ({ signal }) => request("checkPlaybook", { body: settled, signal }),
    enabled: settled.text.trim() !== "",
    placeholderData: (before) => before,
  });
}

/** The marks of the editor as text, for screen readers. */
function Verdict({ query }: { readonly query: UseQueryResult<PlaybookCheck, RequestError> }) {
  const { data: check, error } = query;
  if (error !== null) {
    return <ErrorState error={error} retry={() => void query.refetch()} trying={query.isFetching} />;
  }
  if (check === undefined) {
    return <p className={classes.verdict}>Checking…</p>;
  }
  const all = [...check.problems, ...(check.playbook?.warnings ?? [])];
  const { steps = [], queries = [], checks = [] } = check.playbook ?? {};
  return (
    <div className={classes.verdict} role="status" data-wrong={check.problems.length > 0 || undefined}>
      {check.playbook !== undefined && (
        <p>
          {`${all.length === 0 ? "No errors. " : ""}${steps.length} steps, ${queries.length} queries, ${checks.length} checks.`}
        </p>
      )}
      {all.length > 0 && (
        <ul>
          {all.map(({ message, at }) => (
            <li key={`${message} ${at?.line} ${at?.column}`}>
              {`${at?.line === undefined ? "" : `Line ${at.line}, column ${at.column ?? 1}: `}${message}`}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What was typed is lost if the tab is closed: the browser asks first. */
function useUnloadWarning(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) {
      return undefined;
    }
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isChanged]);
}
