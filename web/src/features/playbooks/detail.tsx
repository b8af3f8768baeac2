import { useState } from "react";
import { useParams, useSearchParams } from "react-router";
import type { PlaybookView } from "#contracts/playbook";
import type { PlaybookDetail } from "#contracts/playbook-detail";
import { useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { InlineCode } from "../../ui/inline-code.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { MarkdownText } from "../../ui/markdown-text.tsx";
import { Facts, Page, Section, TextLink } from "../../ui/page.tsx";
import { originWords, playbookPath, reasonWords } from "../../ui/playbook-words.ts";
import { ErrorState } from "../../ui/state.tsx";
import classes from "./detail.module.css";
import { PreviewPicker } from "./preview-picker.tsx";
import { Statistics } from "./statistics.tsx";
import { StepSection } from "./step-section.tsx";

/** One playbook as it is written; with an alert in the address also with the values of that. */
export function PlaybookPage() {
  const { id = "" } = useParams();
  const playbook = useRoute("playbookDetail", { params: { playbook: id } });
  return (
    <LoadedPage query={playbook} kind="Playbook" back={{ to: "/playbooks", text: "All playbooks" }}>
      {(data) => <Shown key={data.id} playbook={data} />}
    </LoadedPage>
  );
}

function Shown({ playbook }: { readonly playbook: PlaybookDetail }) {
  const [search, setSearch] = useSearchParams();
  const alert = search.get("alert") ?? undefined;
  const preview = useRoute(
    "playbookPreview",
    { params: { playbook: playbook.id, id: alert ?? "" } },
    { enabled: alert !== undefined },
  );
  const [isRunning, setRunning] = useState(false);
  const choose = (next: string | undefined) => {
    setRunning(false);
    setSearch((before) => {
      const after = new URLSearchParams(before);
      if (next === undefined) {
        after.delete("alert");
      } else {
        after.set("alert", next);
      }
      return after;
    });
  };
  const values = alert === undefined ? undefined : preview.data;
  return (
    <Page kind={originWords(playbook.origin)} title={playbook.title} facts={<PlaybookFacts playbook={playbook} />}>
      <div className={classes.summary}>
        <MarkdownText text={playbook.summary} heading={2} />
      </div>
      {playbook.folder !== undefined && (
        <p className={classes.edit}>
          <TextLink to={`${playbookPath(playbook.id)}/edit`}>Edit</TextLink>
        </p>
      )}
      <Warnings playbook={playbook} />
      <Statistics playbook={playbook.id} />
      <PreviewPicker
        playbook={playbook}
        alert={alert}
        choose={choose}
        run={values === undefined ? undefined : { isRunning, start: () => setRunning(true) }}
      />
      {alert !== undefined && preview.error !== null && (
        <ErrorState error={preview.error} retry={() => void preview.refetch()} trying={preview.isFetching} />
      )}
      {values !== undefined && <Fit view={values} />}
      <Section title="Steps" aside={`${playbook.steps.length}`}>
        <Texts texts={playbook.texts.filter(({ afterStep }) => afterStep === undefined)} />
        <ol className={classes.steps}>
          {playbook.steps.map((step, index) => (
            <li key={step.id} id={step.id}>
              <StepSection
                number={index + 1}
                playbook={playbook}
                step={step}
                values={values?.steps.find((one) => one.id === step.id)}
                alert={isRunning && values !== undefined ? alert : undefined}
              />
              <Texts texts={playbook.texts.filter(({ afterStep }) => afterStep === step.id)} />
            </li>
          ))}
        </ol>
      </Section>
      <Lines title="Closing policy" lines={playbook.closingPolicy} />
      <Lines title="False positives" lines={playbook.falsePositives} />
      {playbook.checklists.length > 0 && (
        <Section title="Response">
          {playbook.checklists.map(({ verdict, title, items }) => (
            <div key={`${verdict} ${title}`} className={classes.checklist}>
              <h3>{title}</h3>
              <ul>
                {items.map(({ id, text }) => (
                  <li key={id}>
                    <InlineCode text={text} />
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </Section>
      )}
      {playbook.relatedRules.length > 0 && (
        <Section title="Related rules">
          <ul className={classes.lines}>
            {playbook.relatedRules.map(({ name, id }) => (
              <li key={`${name} ${id}`}>
                {id === undefined ? (
                  <InlineCode text={name} />
                ) : (
                  <TextLink to={`/rules/${encodeURIComponent(id)}`}>{name}</TextLink>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Page>
  );
}

function PlaybookFacts({ playbook }: { readonly playbook: PlaybookDetail }) {
  const { origin, version, steps, queries, checks, file, source } = playbook;
  return (
    <Facts
      entries={[
        ["Version", version],
        ["Steps", steps.length],
        ["Queries", queries.length],
        ["Checks", checks.length],
        ["File", <code key="file">{file}</code>],
        ["Source", source],
        ...(origin.kind === "guide"
          ? ([
              [
                "Rule",
                <TextLink key="rule" to={`/rules/${encodeURIComponent(origin.ruleId)}`}>
                  {origin.ruleId}
                </TextLink>,
              ],
            ] as const)
          : []),
      ]}
    />
  );
}

/** Mistakes in the file that did not prevent its use. */
function Warnings({ playbook: { warnings } }: { readonly playbook: PlaybookDetail }) {
  return warnings.length === 0 ? null : (
    <Section title="Problems" aside={`${warnings.length}`}>
      <ul className={classes.lines}>
        {warnings.map(({ message, at }) => (
          <li key={`${message} ${at?.line} ${at?.column}`}>
            {at?.line !== undefined && (
              <code>{`line ${at.line}${at.column === undefined ? "" : `:${at.column}`} `}</code>
            )}
            <InlineCode text={message} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Whether the alert of the preview would get this playbook. */
function Fit({ view }: { readonly view: PlaybookView }) {
  const first = view.alternatives[0];
  return (
    <p className={classes.fit} role="status">
      <VisibleText
        text={`For this alert the playbook is ${reasonWords(view.because)}.${
          first === undefined ? "" : ` Also fitting: ${first.title} (${reasonWords(first.because)}).`
        }`}
      />
    </p>
  );
}

function Texts({ texts }: { readonly texts: PlaybookDetail["texts"] }) {
  return texts.map(({ title, markdown }, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the texts of a playbook never move.
    <div key={at} className={classes.text}>
      <h3>
        <VisibleText text={title} />
      </h3>
      <MarkdownText text={markdown} heading={4} />
    </div>
  ));
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  return lines.length === 0 ? null : (
    <Section title={title}>
      <ul className={classes.lines}>
        {lines.map((line) => (
          <li key={line}>
            <InlineCode text={line} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
