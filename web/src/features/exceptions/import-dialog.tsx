import { Button, FileInput, Group, Modal, MultiSelect, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import type { ExceptionImport, ExceptionImportRequest, ImportedException } from "#contracts/exception-exchange";
import type { Problem } from "#contracts/problem";
import { useDenial } from "../../api/permission.ts";
import { useChange, useWholeList } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { Table, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./exchange.module.css";
import { ExportButton } from "./export-dialog.tsx";

/** What a request to the server can hold; the command line takes any size. */
const mostBytes = 1_900_000;

/** Import and export of the list of exceptions. */
export function ExchangeActions({ shown }: { readonly shown: number }) {
  const [open, setOpen] = useState(false);
  const denial = useDenial("author");
  return (
    <div className={classes.actions}>
      <Button size="xs" variant="default" disabled={denial !== undefined} onClick={() => setOpen(true)}>
        Import…
      </Button>
      <ExportButton disabled={shown === 0} />
      <TextLink to="/exceptions/lists">Value lists</TextLink>
      {denial !== undefined && <PermissionNote action="Importing exceptions" denial={denial} />}
      {open && <ImportDialog close={() => setOpen(false)} />}
    </div>
  );
}

const scopes = [
  { value: "file", label: "As the file and the loaded rules say" },
  { value: "rules", label: "Selected rules" },
  { value: "tags", label: "Rules with a tag" },
  { value: "all", label: "All rules" },
] as const;
type ScopeChoice = (typeof scopes)[number]["value"];

function ImportDialog({ close }: { readonly close: () => void }) {
  const [file, setFile] = useState<{ readonly name: string; readonly text: string }>();
  const [unreadable, setUnreadable] = useState<string>();
  const [scope, setScope] = useState<ScopeChoice>("file");
  const [ruleIds, setRuleIds] = useState<readonly string[]>([]);
  const [tag, setTag] = useState("");
  const [reason, setReason] = useState("");
  const rules = useWholeList("ruleNames");
  const send = useChange("importExceptions");
  const missing = missingFor({ file, scope, ruleIds, tag });
  const change = <T,>(set: (value: T) => void) => {
    return (value: T) => {
      set(value);
      send.reset();
    };
  };
  const run = (more: Pick<ExceptionImportRequest, "dryRun" | "partial">) => {
    if (file !== undefined) {
      const named = scope === "rules" ? { ruleIds: [...ruleIds] } : scope === "tags" ? { ruleTags: [tag.trim()] } : {};
      send.mutate({
        body: {
          ...{ format: /\.ya?ml$/i.test(file.name) ? "sigma" : "elastic", file: file.name, text: file.text },
          ...(scope === "all" ? { allRules: true } : named),
          ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
          ...more,
        },
      });
    }
  };
  const choose = async (chosen: File | null) => {
    send.reset();
    setUnreadable(undefined);
    if (chosen === null) {
      setFile(undefined);
    } else if (chosen.size > mostBytes) {
      setFile(undefined);
      setUnreadable("The file is larger than 1.9 MB. Use the command: stemma exception import FILE");
    } else {
      setFile({ name: chosen.name, text: await chosen.text() });
    }
  };
  const saved = (send.data?.saved ?? 0) > 0;
  return (
    <Modal opened onClose={close} title="Import exceptions" size="xl">
      <div className={classes.form}>
        <FileInput
          label="File"
          description="Elastic exception lists (.ndjson) or Sigma filter documents (.yml). Saved in shadow mode: they hide nothing."
          placeholder="Choose a file…"
          required
          data-autofocus
          clearable
          accept=".ndjson,.json,.yml,.yaml"
          error={unreadable}
          onChange={(chosen) => void choose(chosen)}
        />
        <Select
          label="Applies to"
          data={[...scopes]}
          value={scope}
          allowDeselect={false}
          onChange={change((value) => setScope(scopes.find((one) => one.value === value)?.value ?? "file"))}
        />
        {scope === "rules" && (
          <MultiSelect
            label="Rules"
            searchable
            limit={50}
            data={(rules.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            value={[...ruleIds]}
            onChange={change(setRuleIds)}
          />
        )}
        {scope === "tags" && (
          <TextInput
            label="Tag"
            value={tag}
            onChange={(event) => change(setTag)(event.currentTarget.value)}
            maxLength={200}
          />
        )}
        <TextInput
          label="Reason"
          description="Required if an exception is broad; kept in the audit trail."
          value={reason}
          maxLength={4000}
          onChange={(event) => change(setReason)(event.currentTarget.value)}
        />
        {send.error !== null && <ErrorState error={send.error} />}
        {send.data !== undefined && <Outcome result={send.data} />}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={close}>
            {saved ? "Close" : "Cancel"}
          </Button>
          {!saved && <Next result={send.data} missing={missing} pending={send.isPending} run={run} />}
        </Group>
      </div>
    </Modal>
  );
}

/** First the file is checked, then what is right in it can be saved. */
function Next({
  result,
  missing,
  pending,
  run,
}: {
  readonly result: ExceptionImport | undefined;
  readonly missing: string | undefined;
  readonly pending: boolean;
  readonly run: (more: Pick<ExceptionImportRequest, "dryRun" | "partial">) => void;
}) {
  if (result === undefined || result.exceptions.length === 0) {
    return (
      <Button
        size="xs"
        disabled={missing !== undefined}
        title={missing}
        loading={pending}
        onClick={() => run({ dryRun: true })}
      >
        Check
      </Button>
    );
  }
  const partial = result.problems.length > 0;
  const count = result.exceptions.length.toLocaleString("en");
  return (
    <Button size="xs" loading={pending} onClick={() => run({ dryRun: false, partial })}>
      {partial ? `Import the ${count} without problems` : `Import ${count} in shadow mode`}
    </Button>
  );
}

function missingFor({
  file,
  scope,
  ruleIds,
  tag,
}: {
  readonly file: unknown;
  readonly scope: ScopeChoice;
  readonly ruleIds: readonly string[];
  readonly tag: string;
}): string | undefined {
  if (file === undefined) {
    return "Choose a file";
  }
  if (scope === "rules" && ruleIds.length === 0) {
    return "Select a rule";
  }
  return scope === "tags" && tag.trim() === "" ? "Enter a tag" : undefined;
}

function Outcome({ result: { exceptions, problems, warnings, summary } }: { readonly result: ExceptionImport }) {
  return (
    <>
      <p className={classes.summary} role="status">
        {summary}
      </p>
      <Problems title={`Problems (${problems.length.toLocaleString("en")})`} problems={problems} />
      <Problems title={`Notes (${warnings.length.toLocaleString("en")})`} problems={warnings} />
      {exceptions.length > 0 && (
        <Table<ImportedException>
          label="Exceptions in the file"
          rows={exceptions.slice(0, 200)}
          total={exceptions.length}
          keyOf={({ line, itemId }) => `${line} ${itemId}`}
          empty="No exceptions."
          columns={[
            { title: "Line", numeric: true, cell: ({ line }) => line },
            {
              title: "Name",
              wide: true,
              cell: ({ name, exceptionId }) =>
                exceptionId === undefined ? (
                  <VisibleText text={name} />
                ) : (
                  <TextLink to={`/exceptions/${encodeURIComponent(exceptionId)}`}>{name}</TextLink>
                ),
            },
            { title: "Breadth", cell: ({ breadth }) => breadth },
            { title: "Rules", numeric: true, cell: ({ rules: count }) => count },
            { title: "Would hide", numeric: true, cell: ({ wouldHide }) => wouldHide.toLocaleString("en") },
            { title: "Malicious", numeric: true, cell: ({ malicious }) => malicious.toLocaleString("en") },
          ]}
        />
      )}
    </>
  );
}

function Problems({ title, problems }: { readonly title: string; readonly problems: readonly Problem[] }) {
  return problems.length === 0 ? null : (
    <section aria-label={title}>
      <strong>{title}</strong>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach it. */}
      <ul className={classes.problems} tabIndex={0} aria-label={title}>
        {problems.map(({ message, at, remedy }) => (
          <li key={`${at?.line} ${at?.field} ${message}`}>
            {at?.line === undefined ? "" : `Line ${at.line}: `}
            <VisibleText text={message} />
            {remedy === undefined ? "" : `. ${remedy}`}
          </li>
        ))}
      </ul>
    </section>
  );
}
