import { Button, Group, Modal, Select } from "@mantine/core";
import { useState } from "react";
import type { ExceptionExport, ExchangeFormat, ExportedException } from "#contracts/exception-exchange";
import { useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { Lines } from "../../ui/lines.tsx";
import { saveFile } from "../../ui/save-file.ts";
import { LoadedWork } from "../../ui/work-progress.tsx";
import classes from "./exchange.module.css";

const formats: readonly { readonly value: ExchangeFormat; readonly label: string }[] = [
  { value: "elastic", label: "Elastic exception list (NDJSON)" },
  { value: "sigma", label: "Sigma filter document (YAML)" },
  { value: "spl", label: "Splunk filter macro (macros.conf)" },
  { value: "kql", label: "KQL clause for a rule's query" },
  { value: "eql", label: "EQL clause for a rule's query" },
];
const proposal = { value: "proposal", label: "Proposal to the rule's authors (Markdown)" } as const;
type Choice = ExchangeFormat | typeof proposal.value;

/** Longest text that is shown; the file has all of it. */
const longest = 50_000;

/** The button that opens the dialog: for some exceptions, or for all that are not disabled. */
export function ExportButton({ ids, disabled }: { readonly ids?: readonly string[]; readonly disabled?: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" disabled={disabled} onClick={() => setOpen(true)}>
        Export…
      </Button>
      {open && <ExportDialog ids={ids} close={() => setOpen(false)} />}
    </>
  );
}

function ExportDialog({ ids, close }: { readonly ids: readonly string[] | undefined; readonly close: () => void }) {
  const [choice, setChoice] = useState<Choice>("elastic");
  const [only, ...more] = ids ?? [];
  const single = only !== undefined && more.length === 0 ? only : undefined;
  const choices = single === undefined ? formats : [...formats, proposal];
  const title = single !== undefined ? "Export exception" : ids === undefined ? "Export all exceptions" : "Export";
  return (
    <Modal opened onClose={close} title={title} size="xl">
      <div className={classes.form}>
        <Select
          label="Format"
          data-autofocus
          data={[...choices]}
          value={choice}
          allowDeselect={false}
          onChange={(value) => setChoice(choices.find((one) => one.value === value)?.value ?? "elastic")}
        />
        {choice === "proposal" ? (
          single !== undefined && <Proposal id={single} />
        ) : (
          <Exported format={choice} ids={ids} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={close}>
            Close
          </Button>
        </Group>
      </div>
    </Modal>
  );
}

function Exported({ format, ids }: { readonly format: ExchangeFormat; readonly ids: readonly string[] | undefined }) {
  const body = { format, ...(ids === undefined ? {} : { ids: [...ids] }) };
  const exported = useRoute("exportExceptions", { body });
  return (
    <LoadedWork query={exported} route="exportExceptions" label="Exporting and comparing with stored alerts" rows={6}>
      {(result) => <Result result={result} />}
    </LoadedWork>
  );
}

function Result({ result: { exceptions, text, fileName, exported } }: { readonly result: ExceptionExport }) {
  return (
    <>
      <p className={classes.summary} role="status">
        {exceptions.length === 0
          ? "There are no exceptions to export."
          : `Exported ${exported.toLocaleString("en")} of ${exceptions.length.toLocaleString("en")}.`}
      </p>
      {exceptions.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach it.
        <ul className={classes.list} aria-label="Proof" tabIndex={0}>
          {exceptions.map((one) => (
            <Proven key={one.id} exception={one} />
          ))}
        </ul>
      )}
      {text !== "" && <TextWithCopy text={text} fileName={fileName} />}
    </>
  );
}

const forms = {
  equal: "Equal",
  narrower: "Hides less",
  broader: "May hide more",
  different: "Differs",
} as const;

function Proven({ exception: { name, form, notes, refused, proof } }: { readonly exception: ExportedException }) {
  // Without a stored alert nothing was shown.
  const isUntested = form === "equal" && proof?.verdict === "untested";
  return (
    <li>
      <span className={classes.mark} data-form={isUntested ? "untested" : (form ?? "refused")}>
        {refused !== undefined ? "Not exported" : isUntested ? "Not tested" : forms[form ?? "different"]}
      </span>
      <VisibleText text={name} />
      {refused !== undefined && <p>{refused}</p>}
      {proof !== undefined && <p>{proof.sentence}</p>}
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </li>
  );
}

function Proposal({ id }: { readonly id: string }) {
  const proposed = useRoute("exceptionTuning", { params: { id } });
  return (
    <LoadedWork query={proposed} route="exceptionTuning" label="Writing the proposal" rows={6}>
      {({ markdown, fileName }) => (
        <>
          <p className={classes.summary}>
            Names of hosts, users, domains and addresses are placeholders. Read it before you send it: other fields are
            as recorded.
          </p>
          <TextWithCopy text={markdown} fileName={fileName} />
        </>
      )}
    </LoadedWork>
  );
}

function TextWithCopy({ text, fileName }: { readonly text: string; readonly fileName: string }) {
  const isLong = text.length > longest;
  return (
    <div>
      <div className={classes.bar}>
        <code>{fileName}</code>
        <Group gap="xs">
          <CopyButton text={text} label="Copy the text" />
          <Button size="compact-xs" variant="default" onClick={() => saveFile(fileName, "text/plain", [text])}>
            Save file
          </Button>
        </Group>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and the keyboard has to reach it. */}
      <section className={classes.text} tabIndex={0} aria-label={fileName}>
        <Lines text={isLong ? text.slice(0, longest) : text} />
      </section>
      {isLong && (
        <p className={classes.summary}>
          {`Shows the first ${longest.toLocaleString("en")} of ${text.length.toLocaleString("en")} characters; the file has all.`}
        </p>
      )}
    </div>
  );
}
