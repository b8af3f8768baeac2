import { useState } from "react";
import type { QueuePage, QueueQuery } from "#contracts/queue";
import { useWholeList } from "../../api/queries.ts";
import { useRoving } from "../../keyboard/roving.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { RuleName } from "../../ui/rule-name.tsx";
import classes from "./queue.module.css";
import { type ListFilter, toggled } from "./url.ts";

const headings = {
  severity: "Severity",
  rule: "Rule",
  tactic: "Tactic",
  host: "Host",
  user: "User",
  assignee: "Assignee",
  tag: "Tag",
} as const;
const shownAtFirst = 8;

type Entries = QueuePage["facets"][keyof typeof headings];

/** The most frequent values, and those chosen. */
function shown(entries: Entries, chosen: readonly string[], whole: boolean): Entries {
  return whole ? entries : entries.filter(({ value }, at) => at < shownAtFirst || chosen.includes(value));
}

/** Facets of the alerts in view. Clicking a value filters by it. */
export function Facets({
  page,
  query,
  change,
  open,
}: {
  readonly page: QueuePage;
  readonly query: QueueQuery;
  readonly change: (query: QueueQuery) => void;
  /** On narrow windows the facets cover the list while they are open. */
  readonly open: boolean;
}) {
  const rules = useWholeList("ruleNames");
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());
  const roving = useRoving<HTMLElement>();
  const ruleOf = (id: string) => rules.data?.items.find((rule) => rule.id === id);
  return (
    <aside {...roving} className={classes.facets} data-open={open || undefined} aria-label="Filters">
      {(Object.keys(headings) as (keyof typeof headings)[]).map((name) => {
        const entries = page.facets[name];
        const chosen: readonly string[] = query[name satisfies ListFilter];
        return (
          <section key={name}>
            <h2>{headings[name]}</h2>
            {entries.length === 0 && <p className={classes.faint}>None</p>}
            <ul>
              {shown(entries, chosen, whole.has(name)).map((entry) => {
                const rule = name === "rule" ? ruleOf(entry.value) : undefined;
                return (
                  <li key={entry.value}>
                    <button
                      type="button"
                      className={classes.facet}
                      aria-pressed={chosen.includes(entry.value)}
                      onClick={() => change(toggled(query, name, entry.value))}
                      title={entry.label}
                    >
                      <span>{rule === undefined ? <VisibleText text={entry.label} /> : <RuleName rule={rule} />}</span>
                      <span className={classes.count}>{entry.count.toLocaleString("en")}</span>
                    </button>
                  </li>
                );
              })}
            </ul>
            {entries.length > shownAtFirst && (
              <button
                type="button"
                className={classes.showAll}
                aria-expanded={whole.has(name)}
                onClick={() => setWhole(whole.symmetricDifference(new Set([name])))}
              >
                {whole.has(name) ? `Top ${shownAtFirst}` : `Show all ${entries.length.toLocaleString("en")} values`}
              </button>
            )}
          </section>
        );
      })}
    </aside>
  );
}
