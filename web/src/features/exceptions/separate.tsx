import { Button, Checkbox, Textarea } from "@mantine/core";
import { useState } from "react";
import type { ExceptionDraft } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import type { Synthesis, SynthesisRequest } from "#contracts/exception-synthesis";
import { useRoute } from "../../api/queries.ts";
import { entrySentence } from "../../ui/exception-entry.ts";
import { Section, TextLink } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./counter-examples.module.css";

type Edit = (change: Pick<ExceptionDraft, "entries" | "alternatives">) => void;

/** Finds entries that cover the chosen alerts and none of some malicious ones. */
export function SeparateSection({
  draft,
  alertIds,
  edit,
}: {
  readonly draft: ExceptionDraft;
  /** The alerts that the draft is made from. */
  readonly alertIds: readonly string[];
  readonly edit: Edit;
}) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Section title="Separate from malicious alerts">
      {isOpen ? (
        <Form draft={draft} alertIds={alertIds} edit={edit} />
      ) : (
        <div className={classes.actions}>
          <Button size="compact-sm" variant="default" onClick={() => setIsOpen(true)}>
            Separate from malicious alerts…
          </Button>
        </div>
      )}
    </Section>
  );
}

function Form({
  draft,
  alertIds,
  edit,
}: {
  readonly draft: ExceptionDraft;
  readonly alertIds: readonly string[];
  readonly edit: Edit;
}) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<SynthesisRequest>();
  const malicious = [...new Set([...chosen, ...idsIn(text)])];
  const result = useRoute("synthesis", { body: asked ?? nothing }, { enabled: asked !== undefined });
  return (
    <form
      className={classes.form}
      aria-label="Separate from malicious alerts"
      onSubmit={(event) => {
        event.preventDefault();
        setAsked({ benign: [...alertIds], malicious });
      }}
    >
      <p className={classes.soft}>
        Choose alerts that must still be raised. The entries are then made so that they cover{" "}
        {alertIds.length === 1 ? "this alert" : `these ${alertIds.length} alerts`} and none of those.
      </p>
      <Similar draft={draft} chosen={chosen} setChosen={setChosen} />
      <Textarea
        label="Ids of malicious alerts"
        description="From their addresses; one per line or separated by blanks."
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={2}
        maxRows={8}
      />
      <div className={classes.actions}>
        <Button type="submit" size="compact-sm" disabled={malicious.length === 0 || malicious.length > 1000}>
          {`Separate from ${malicious.length} ${malicious.length === 1 ? "alert" : "alerts"}`}
        </Button>
      </div>
      {asked !== undefined && (
        <Loaded query={result} label="Separating the alerts" rows={3}>
          {(synthesis) => <Outcome synthesis={synthesis} edit={edit} />}
        </Loaded>
      )}
    </form>
  );
}

const nothing: SynthesisRequest = { benign: [], malicious: [] };

/** Ids of alerts in a text of ids or addresses. */
function idsIn(text: string): readonly string[] {
  return text
    .split(/[\s,;]+/)
    .map((word) => /\/alerts\/([^/?#]+)/.exec(word)?.[1] ?? word)
    .filter((word) => word !== "")
    .map((word) => {
      try {
        return decodeURIComponent(word);
      } catch {
        return word;
      }
    });
}

/** Alerts that the draft covers now, from the counter-examples that the page shows anyway. */
function Similar({
  draft,
  chosen,
  setChosen,
}: {
  readonly draft: ExceptionDraft;
  readonly chosen: ReadonlySet<string>;
  readonly setChosen: (next: ReadonlySet<string>) => void;
}) {
  const [first] = useState(draft);
  const found = useRoute("counterExamples", { body: { draft: first } }, { enabled: first.fromAlert !== undefined });
  const alerts = (found.data?.distant ?? []).flatMap(({ alert, differs }) =>
    alert === undefined ? [] : [{ alert, differs }],
  );
  return alerts.length === 0 ? null : (
    <fieldset className={classes.form}>
      <legend className={classes.small}>Covered by the draft now</legend>
      {alerts.map(({ alert, differs }) => (
        <Checkbox
          key={alert.id}
          size="xs"
          label={`${alert.rule.name} on ${alert.host}: other ${differs.map(({ field }) => field).join(", ")}`}
          checked={chosen.has(alert.id)}
          onChange={(event) => {
            const next = new Set(chosen);
            if (event.currentTarget.checked) {
              next.add(alert.id);
            } else {
              next.delete(alert.id);
            }
            setChosen(next);
          }}
        />
      ))}
    </fieldset>
  );
}

function Outcome({ synthesis, edit }: { readonly synthesis: Synthesis; readonly edit: Edit }) {
  if (synthesis.kind === "inseparable") {
    return (
      <div role="status">
        <p className={classes.warning}>{synthesis.reason}</p>
        <ul className={classes.plain}>
          {synthesis.pairs.map(({ benign, malicious }) => (
            <li key={`${benign} ${malicious}`}>
              <TextLink to={`/alerts/${encodeURIComponent(benign)}`}>{benign}</TextLink> and{" "}
              <TextLink to={`/alerts/${encodeURIComponent(malicious)}`}>{malicious}</TextLink>
            </li>
          ))}
        </ul>
        {synthesis.totalPairs > synthesis.pairs.length && (
          <p className={classes.soft}>{`${synthesis.pairs.length} of ${synthesis.totalPairs} pairs are listed.`}</p>
        )}
      </div>
    );
  }
  const { draft, because, narrower, wider } = synthesis;
  return (
    <div role="status" className={classes.form}>
      <ul className={classes.mutants}>
        {draft.entries.map((entry, index) => (
          <li key={entrySentence(entry)} className={classes.distant}>
            <p className={classes.what}>{entrySentence(entry)}</p>
            <p className={classes.soft}>{because[index]}</p>
          </li>
        ))}
      </ul>
      {draft.alternatives !== undefined && (
        <p className={classes.soft}>{`Or one of ${draft.alternatives.length} further groups of entries.`}</p>
      )}
      <div className={classes.actions}>
        <Use text="Use these entries" step={draft} edit={edit} />
        {narrower !== undefined && <Use text="Use narrower" title={narrower.text} step={narrower} edit={edit} />}
        {wider !== undefined && <Use text="Use wider" title={wider.text} step={wider} edit={edit} />}
      </div>
      {narrower !== undefined && <p className={classes.soft}>{`Narrower: ${narrower.text}`}</p>}
      <p className={classes.soft}>
        {wider !== undefined ? `Wider: ${wider.text}` : "No entry can be left out without covering a malicious alert."}
      </p>
    </div>
  );
}

function Use({
  text,
  title,
  step,
  edit,
}: {
  readonly text: string;
  readonly title?: string;
  readonly step: { readonly entries: ExceptionEntry[]; readonly alternatives?: ExceptionEntry[][] | undefined };
  readonly edit: Edit;
}) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      title={title}
      onClick={() => edit({ entries: step.entries, alternatives: step.alternatives })}
    >
      {text}
    </Button>
  );
}
