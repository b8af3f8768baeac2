import { languages } from "#contracts/language";
import type { RuleStructure } from "#contracts/rule-structure";
import { Clamped } from "../../ui/clamped.tsx";
import { VisibleText } from "../../ui/command-line.tsx";
import { Section, Table, TextLink } from "../../ui/page.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import classes from "./structure.module.css";
import { spanInWords } from "./words.ts";

type Stage = RuleStructure["stages"][number];
type Exclusion = Stage["exclusions"][number];

const roles: Readonly<Record<Stage["role"], string>> = {
  event: "Event",
  stage: "Stage",
  missing: "Must not occur",
  until: "Ends the sequence",
  counted: "Counted",
};

/** The structure of a rule: stages and predicates, exclusions, and indicators shared with other rules. */
export function RuleStructureView({ structure }: { readonly structure: RuleStructure }) {
  const { form, span, by, stages } = structure;
  return (
    <>
      <Section
        title="Stages and predicates"
        aside={[
          form,
          ...(span === undefined ? [] : [`within ${spanInWords(span)}`]),
          ...(by.length === 0 ? [] : [`by ${by.join(", ")}`]),
        ].join(" · ")}
      >
        <ol className={classes.stages}>
          {stages.map((stage, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the stages of a rule never move.
            <li key={index}>
              <StageView stage={stage} number={stages.length > 1 ? index + 1 : undefined} />
            </li>
          ))}
        </ol>
      </Section>
      <Exclusions stages={stages} />
      <Indicators structure={structure} />
    </>
  );
}

function StageView({ stage, number }: { readonly stage: Stage; readonly number: number | undefined }) {
  return (
    <div className={classes.stage} data-role={stage.role}>
      <h3>
        {`${number === undefined ? "" : `${number} · `}${roles[stage.role]}`}
        {stage.keys.length > 0 && (
          <span>
            {"joined by "}
            <code>{stage.keys.join(", ")}</code>
          </span>
        )}
      </h3>
      {stage.predicates.length === 0 ? (
        <p className={classes.empty}>Any event.</p>
      ) : (
        <ul>
          {stage.predicates.map(({ text }) => (
            <li key={text}>
              <Written text={text} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A part of a rule, collapsed if it is long. */
function Written({ text }: { readonly text: string }) {
  return (
    <Clamped length={text.length}>
      <code>
        <VisibleText text={text} />
      </code>
    </Clamped>
  );
}

const carveOuts = {
  main: "main filter (known benign)",
  optional: "optional filter (environment-specific)",
} as const;

function Exclusions({ stages }: { readonly stages: readonly Stage[] }) {
  const rows = stages.flatMap((stage, index) =>
    stage.exclusions.map((exclusion, place) => ({ exclusion, stage: index + 1, key: `${index} ${place}` })),
  );
  return (
    <Section title="Exclusions" aside="excluded even if everything else matches">
      <Table
        label="Exclusions"
        rows={rows}
        keyOf={({ key }) => key}
        empty="No exclusions."
        columns={[
          ...(stages.length > 1 ? [{ title: "Stage", cell: (row: (typeof rows)[number]) => row.stage }] : []),
          { title: "Name", cell: ({ exclusion }) => nameOf(exclusion) },
          {
            title: "Values",
            wide: true,
            cell: ({ exclusion }) => <ExclusionValues exclusion={exclusion} />,
          },
        ]}
        detail={{
          title: "Condition",
          of: ({ exclusion }) => (
            <div className={classes.condition}>
              <Written text={exclusion.text} />
            </div>
          ),
        }}
      />
    </Section>
  );
}

function nameOf({ name, carveOut }: Exclusion) {
  return (
    <div className={classes.name}>
      {name === undefined ? "Negated condition" : <code>{name}</code>}
      {carveOut !== undefined && <span>{carveOuts[carveOut]}</span>}
    </div>
  );
}

/** Values of one field shown in a row. */
const shownValues = 12;

function ExclusionValues({ exclusion }: { readonly exclusion: Exclusion }) {
  return (
    <dl className={classes.values}>
      {exclusion.values.map(({ field, values, total }) => (
        <div key={field}>
          <dt>{field}</dt>
          <dd>
            {values.slice(0, shownValues).map((value) => (
              <Written key={value} text={value} />
            ))}
            {values.length === 0 && "present"}
            {total > shownValues && <span>{`and ${(total - shownValues).toLocaleString("en")} more`}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const indicatorKinds = {
  value: "exact value",
  pattern: "wildcard pattern",
  expression: "regular expression",
  words: "words",
  network: "network range",
  bound: "numeric limit",
} as const satisfies Record<RuleStructure["indicators"][number]["kind"], string>;

function Indicators({ structure }: { readonly structure: RuleStructure }) {
  const { indicators, moreIndicators } = structure;
  return (
    <Section title="Indicators" aside="fixed values, and how many other loaded rules use them">
      <Table
        label="Indicators"
        rows={indicators}
        total={indicators.length + moreIndicators}
        truncationReason={moreIndicators > 0 ? "see the query for all" : undefined}
        keyOf={({ field, value }) => `${field} ${value}`}
        empty="No fixed values."
        columns={[
          { title: "Field", cell: ({ field }) => <code>{field}</code> },
          { title: "Kind", cell: ({ kind }) => indicatorKinds[kind] },
          {
            title: "Value",
            wide: true,
            cell: ({ value }) => <Written text={value} />,
          },
          {
            title: "Other rules",
            cell: ({ field, value, shared }) =>
              shared.total === 0 ? (
                "this rule only"
              ) : (
                <div className={classes.shared}>
                  <TextLink to={`/rules?${new URLSearchParams({ field, value })}`}>
                    {shared.total.toLocaleString("en")}
                  </TextLink>
                  <span>
                    {shared.languages
                      .map(({ language, count }) => `${languages[language].label} ${count.toLocaleString("en")}`)
                      .join(", ")}
                  </span>
                </div>
              ),
          },
        ]}
        detail={{
          title: "Other rules with this indicator",
          of: ({ shared }) =>
            shared.total === 0 ? (
              "No other loaded rules."
            ) : (
              <ul className={classes.rules}>
                {shared.rules.map((rule) => (
                  <li key={rule.id}>
                    <TextLink to={`/rules/${encodeURIComponent(rule.id)}`}>
                      <RuleName rule={rule} />
                    </TextLink>
                    <span>{languages[rule.language].label}</span>
                  </li>
                ))}
                {shared.total > shared.rules.length && (
                  <li>{`and ${(shared.total - shared.rules.length).toLocaleString("en")} more`}</li>
                )}
              </ul>
            ),
        }}
      />
    </Section>
  );
}
