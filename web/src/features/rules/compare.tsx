import { Button } from "@mantine/core";
import { useSearchParams } from "react-router";
import type { RuleComparison, RuleVersion } from "#contracts/rule";
import { useRoute } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { LineComparison } from "../../ui/line-comparison.tsx";
import { Facts, Page, Section, TextLink } from "../../ui/page.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import { EmptyState, ErrorState, Loaded } from "../../ui/state.tsx";
import classes from "./compare.module.css";
import { Hits, RunStatus } from "./run-view.tsx";
import { useRun } from "./use-run.ts";

/** Two rule versions side by side: lines, conditions, and their hits in the same stored events. */
export function ComparePage() {
  const [search] = useSearchParams();
  const [leftRule, left, rightRule, right] = ["leftRule", "left", "rightRule", "right"].map((name) => search.get(name));
  const complete = Boolean(leftRule && left && rightRule && right);
  const comparison = useRoute(
    "ruleComparison",
    { query: { leftRule: leftRule ?? "", left: left ?? "", rightRule: rightRule ?? "", right: right ?? "" } },
    { enabled: complete },
  );
  if (!complete) {
    return (
      <Page title="Compare rules">
        <EmptyState
          title="No versions selected"
          reason="Select two versions on a rule page."
          action={<TextLink to="/rules">Go to rules</TextLink>}
        />
      </Page>
    );
  }
  return (
    <Page title="Compare rules">
      <Loaded query={comparison} label="Loading versions" rows={12}>
        {(data) => (
          <>
            <div className={classes.sides}>
              <Side title="Left" version={data.left} />
              <Side title="Right" version={data.right} />
            </div>
            {data.notes.map((note) => (
              <p key={note} className={classes.note}>
                {note}
              </p>
            ))}
            <Parts data={data} />
            <HitComparison data={data} />
            <LineComparison lines={data.text} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Side({ title, version }: { readonly title: string; readonly version: RuleVersion }) {
  return (
    <section aria-label={title} className={classes.side}>
      <h2>
        <TextLink to={`/rules/${encodeURIComponent(version.ruleId)}`}>
          <RuleName rule={version} />
        </TextLink>
      </h2>
      <Facts
        entries={[
          ["Side", title],
          ["File", <code key="file">{version.source}</code>],
          ["Text hash", <code key="text">{version.hash.slice(0, 10)}</code>],
        ]}
      />
    </section>
  );
}

type Sided<T> = readonly { readonly side: "both" | "left" | "right"; readonly item: T }[];

function Parts({ data }: { readonly data: RuleComparison }) {
  return (
    <Section title="Conditions" aside="parts found in only one version are marked">
      <PartList title="Predicates" parts={data.predicates} textOf={(text) => text} />
      <PartList title="Exclusions" parts={data.exclusions} textOf={(text) => text} />
      <PartList title="Indicators" parts={data.indicators} textOf={({ field, value }) => `${field}: ${value}`} />
    </Section>
  );
}

const marks = { both: "in both", left: "only left", right: "only right" } as const;

function PartList<T>({
  title,
  parts,
  textOf,
}: {
  readonly title: string;
  readonly parts: Sided<T>;
  readonly textOf: (item: T) => string;
}) {
  return (
    <div className={classes.parts}>
      <h3>{title}</h3>
      {parts.length === 0 ? (
        <p className={classes.none}>None</p>
      ) : (
        <ul>
          {parts.map(({ side, item }) => (
            <li key={`${side} ${textOf(item)}`} data-side={side}>
              <span>{marks[side]}</span>
              <code>
                <VisibleText text={textOf(item)} />
              </code>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function HitComparison({ data: { left, right } }: { readonly data: RuleComparison }) {
  const { run, busy, error, denial, start, stop } = useRun();
  const what = {
    kind: "versions",
    left: { ruleId: left.ruleId, hash: left.hash },
    right: { ruleId: right.ruleId, hash: right.hash },
  } as const;
  const [ofLeft, ofRight] = run?.rules ?? [];
  const compared = run?.comparison;
  return (
    <Section title="Matches in stored events" aside="Preview only: no alerts are created and exceptions are ignored">
      {denial === undefined ? (
        <Button size="xs" loading={busy} onClick={() => start(what)}>
          Run both
        </Button>
      ) : (
        <PermissionNote action="Running rules on stored events" denial={denial} />
      )}
      {error !== null && <ErrorState error={error} />}
      {run !== undefined && <RunStatus run={run} stop={stop} />}
      {run !== undefined && compared !== undefined && (
        <>
          <Facts
            entries={[
              [`Hits of left (v${left.version})`, ofLeft?.hits ?? 0],
              [`Hits of right (v${right.version})`, ofRight?.hits ?? 0],
              ["Hits of both", compared.both],
              ["Only left", compared.onlyLeft.total],
              ["Only right", compared.onlyRight.total],
            ]}
          />
          <h3 className={classes.only}>Only left</h3>
          <Hits
            label="Hits of left only"
            hits={compared.onlyLeft.listed}
            total={compared.onlyLeft.total}
            empty="No hits on the left only."
          />
          <h3 className={classes.only}>Only right</h3>
          <Hits
            label="Hits of right only"
            hits={compared.onlyRight.listed}
            total={compared.onlyRight.total}
            empty="No hits on the right only."
          />
        </>
      )}
    </Section>
  );
}
