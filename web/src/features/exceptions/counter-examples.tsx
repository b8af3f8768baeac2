import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconAlertTriangle, IconCheck, IconEyeOff, IconHelpCircle } from "@tabler/icons-react";
import type { ExceptionDraft } from "#contracts/exception";
import type { CounterExamples, Mutant } from "#contracts/exception-counter-examples";
import { useRoute } from "../../api/queries.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { Section, TextLink } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./counter-examples.module.css";
import { incomplete } from "./draft.ts";

/** Delay between the last change and its counter-examples, in milliseconds. */
const PAUSE = 500;

type Edit = (change: Pick<ExceptionDraft, "entries" | "alternatives">) => void;

/** What the draft would hide that is not the activity of its alert, each with an edit that excludes it. */
export function CounterExamplesSection({ draft, edit }: { readonly draft: ExceptionDraft; readonly edit: Edit }) {
  const [settled] = useDebouncedValue(draft, PAUSE);
  const isReady = incomplete(settled) === undefined && settled.fromAlert !== undefined;
  const query = useRoute("counterExamples", { body: { draft: settled } }, { enabled: isReady, keep: true });
  return (
    <Section title="Counter-examples">
      {isReady ? (
        <Loaded query={query} label="Trying the draft with counter-examples" rows={4}>
          {(found) => <Found found={found} edit={edit} />}
        </Loaded>
      ) : (
        <p className={classes.soft}>They are made from the alert as soon as every entry has a value.</p>
      )}
    </Section>
  );
}

function Found({ found, edit }: { readonly found: CounterExamples; readonly edit: Edit }) {
  const { mutants, notMade, distant } = found;
  const dangerous = mutants.filter(({ hidden, expected }) => hidden && expected === "raised");
  const either = mutants.filter(({ hidden, expected }) => hidden && expected === "either");
  const missed = mutants.filter(({ hidden, expected }) => !hidden && expected === "hidden");
  const right = mutants.filter((one) => !dangerous.includes(one) && !either.includes(one) && !missed.includes(one));
  return (
    <div className={classes.found}>
      {!found.matchesAlert && (
        <p className={classes.warning} role="alert">
          <IconAlertTriangle size={15} aria-hidden /> The draft does not match the alert that it starts from.
        </p>
      )}
      <p className={classes.soft} role="status">
        {dangerous.length === 0
          ? `None of ${mutants.length} changed copies of the alert's event would be hidden wrongly.`
          : `${dangerous.length} of ${mutants.length} changed copies of the alert's event would be hidden although they are not the same activity.`}
      </p>
      <Mutants mutants={[...dangerous, ...either, ...missed]} edit={edit} />
      {right.length > 0 && (
        <details className={classes.rest}>
          <summary>{`Judged correctly: ${right.length}`}</summary>
          <Mutants mutants={right} edit={edit} />
        </details>
      )}
      {notMade.length > 0 && (
        <details className={classes.rest}>
          <summary>{`Not tried: ${notMade.length}`}</summary>
          <ul className={classes.plain}>
            {notMade.map(({ kind, reason }) => (
              <li key={kind}>{reason}</li>
            ))}
          </ul>
        </details>
      )}
      <Distant distant={distant} compared={found.compared} />
      {found.truncationReason !== undefined && <p className={classes.soft}>{found.truncationReason}</p>}
    </div>
  );
}

function Mutants({ mutants, edit }: { readonly mutants: readonly Mutant[]; readonly edit: Edit }) {
  return mutants.length === 0 ? null : (
    <ul className={classes.mutants}>
      {[...Map.groupBy(mutants, groupOf)].map(([key, group]) => (
        <MutantRow key={key} mutants={group} edit={edit} />
      ))}
    </ul>
  );
}

/** Copies that one edit excludes are one row; others are rows of their own. */
function groupOf({ kind, text, narrowing, expected }: Mutant): string {
  return narrowing === undefined ? `${kind} ${text}` : `${expected} ${narrowing.text}`;
}

function MutantRow({ mutants, edit }: { readonly mutants: readonly Mutant[]; readonly edit: Edit }) {
  const [mutant, ...others] = mutants;
  return mutant === undefined ? null : <MutantRowOf mutant={mutant} others={others} edit={edit} />;
}

function MutantRowOf({
  mutant,
  others,
  edit,
}: {
  readonly mutant: Mutant;
  readonly others: readonly Mutant[];
  readonly edit: Edit;
}) {
  const { text, changed, narrowing } = mutant;
  const { Icon, tone, word } = judgement(mutant);
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return (
    <li className={classes.mutant} data-tone={tone}>
      <Icon size={15} aria-hidden />
      <div>
        <p className={classes.what}>
          <strong>
            {text}
            {more}
          </strong>{" "}
          <span className={classes.word}>{word}</span>
        </p>
        {changed.map(({ field, after }) => (
          <p key={field} className={classes.change}>
            <span>{field}</span> <CommandLine text={after} />
          </p>
        ))}
        {others.length > 0 && (
          <details className={classes.rest}>
            <summary>{`${others.length} more that the same edit excludes`}</summary>
            {others.map((other) => (
              <div key={other.text}>
                <p className={classes.what}>{other.text}</p>
                {other.changed.map(({ field, after }) => (
                  <p key={field} className={classes.change}>
                    <span>{field}</span> <CommandLine text={after} />
                  </p>
                ))}
              </div>
            ))}
          </details>
        )}
        {narrowing !== undefined && <p className={classes.soft}>{narrowing.text}</p>}
      </div>
      {narrowing !== undefined && (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Narrow: exclude ${text}${more}`}
          onClick={() => edit({ entries: narrowing.entries, alternatives: narrowing.alternatives })}
        >
          Narrow
        </Button>
      )}
    </li>
  );
}

/** Shape, colour and words for what the draft does with a copy. */
function judgement({ hidden, expected }: Mutant) {
  if (hidden && expected === "raised") {
    return { Icon: IconEyeOff, tone: "wrong", word: "would be hidden" } as const;
  }
  if (hidden && expected === "either") {
    return { Icon: IconHelpCircle, tone: "either", word: "would be hidden; an update looks the same" } as const;
  }
  if (!hidden && expected === "hidden") {
    return { Icon: IconAlertTriangle, tone: "either", word: "would alert, although it is the same activity" } as const;
  }
  return { Icon: IconCheck, tone: "right", word: hidden ? "hidden: the same activity" : "still alerts" } as const;
}

function Distant({
  distant,
  compared,
}: {
  readonly distant: CounterExamples["distant"];
  readonly compared: CounterExamples["compared"];
}) {
  const looked = `${compared.alerts.toLocaleString("en")} stored alerts and ${compared.events.toLocaleString("en")} events`;
  return (
    <>
      <h3 className={classes.small}>Covered, and least like the alert</h3>
      {distant.length === 0 ? (
        <p className={classes.soft}>{`Nothing: what it covers among ${looked} is like the alert.`}</p>
      ) : (
        <ul className={classes.mutants}>
          {distant.map(({ alert, event, differs, distance }) => (
            <li key={alert?.id ?? event?.id} className={classes.distant}>
              <p className={classes.what}>
                {alert !== undefined ? (
                  <TextLink to={`/alerts/${encodeURIComponent(alert.id)}`}>{alert.rule.name}</TextLink>
                ) : (
                  <strong>Event without an alert of these rules</strong>
                )}{" "}
                <span className={classes.word}>
                  {alert?.host ?? event?.host} · {Math.round(distance * 100)} % different
                  {event !== undefined && (
                    <>
                      {" · "}
                      <Moment iso={event.time} precision="minute" />
                    </>
                  )}
                </span>
              </p>
              {differs.map(({ field, there }) => (
                <p key={field} className={classes.change}>
                  <span>{field}</span> {there === undefined ? <em>absent</em> : <CommandLine text={there} />}
                </p>
              ))}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
