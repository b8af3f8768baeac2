import type { Fields } from "#contracts/event";
import type { ExceptionRecord } from "#contracts/exception";
import type { TuningProposal } from "#contracts/exception-exchange";
import type { AlertRecord } from "../../alert/record.ts";
import { evidenceOf } from "../../alerting/evidence.ts";
import { contextsOf } from "../../alerting/lineage-contexts.ts";
import { fieldsOf } from "../../condition/fields.ts";
import type { Macros } from "../../detection/languages/tstats/macros.ts";
import type { Rule } from "../../detection/rule.ts";
import { valuesOf } from "../../event/event.ts";
import { compileException } from "../../exception/active.ts";
import { exceptionCondition, groupsOf } from "../../exception/condition.ts";
import { explainEntry } from "../../exception/explain.ts";
import { noLineage } from "../../exception/lineage-context.ts";
import { type ListLookup, noLists } from "../../exception/lists.ts";
import { rulesInScope } from "../../exception/scope.ts";
import { unifiedDiff } from "../../lib/unified-diff.ts";
import type { Store } from "../../store/port.ts";
import { judgedMalicious } from "../malicious.ts";
import { changedQuery } from "./changed-query.ts";
import { createPlaceholders } from "./placeholders.ts";

/** Samples of each kind, rules, and the alerts that samples are taken from. */
const mostSamples = 5;
const mostRules = 10;
const mostAlerts = 500;

/** Fields that samples always have, if the event has them. */
const always = [
  "event.code",
  "event.provider",
  "process.executable",
  "process.command_line",
  "process.parent.executable",
  "process.parent.command_line",
  "process.pe.original_file_name",
  "user.name",
  "host.name",
];

export interface TuningContext {
  readonly rules: readonly Rule[];
  readonly macros: Macros;
  readonly lists?: ListLookup;
}

interface Samples {
  readonly benign: readonly Fields[];
  readonly malicious: readonly Fields[];
  readonly others: readonly Fields[];
}

/**
 * A proposal to the authors of the rules: the exception as a change of each rule, with samples of what it hides, what
 * it must not hide, and what it leaves. Names of the house are replaced. The same store gives the same text.
 */
export async function tuningProposalOf(
  store: Store,
  record: ExceptionRecord,
  { rules, macros, lists = noLists }: TuningContext,
): Promise<TuningProposal> {
  const scoped = rulesInScope(record, rules);
  const samples = await samplesOf(store, record, scoped, lists);
  const hide = createPlaceholders([...samples.benign, ...samples.malicious, ...samples.others]);
  const fields = [...new Set([...always, ...fieldsOf(exceptionCondition(record, lists))])];
  const changes = scoped.slice(0, mostRules).flatMap((rule) => changeOf(record, rule, macros, lists));
  const rest = scoped.length > mostRules ? [`The other ${scoped.length - mostRules} rules are left out here.`, ""] : [];
  const sections = [
    `# Tuning proposal: ${oneLine(record.name)}`,
    "",
    record.reason.trim() === "" ? "No reason is recorded." : record.reason.trim(),
    "",
    "Hosts, users, domains and addresses are replaced by placeholders, each name by the same one throughout.",
    "",
    "## What is excluded",
    "",
    ...groupsOf(record).flatMap((entries, index) => [
      ...(index === 0 ? [] : ["", "or", ""]),
      ...entries.map((entry) => `- ${inlineCode(explainEntry(entry))}`),
    ]),
    "",
    "## Changes",
    "",
    ...(changes.length === 0 ? ["No rule that it applies to is loaded.", ""] : changes),
    ...rest,
    ...sampleSection("Benign: excluded by the change", samples.benign, fields),
    ...sampleSection("Malicious: still found", samples.malicious, fields),
    ...sampleSection("Other alerts of these rules: still found", samples.others, fields),
  ];
  return {
    fileName: "tuning-proposal.md",
    markdown: `${hide(sections.join("\n")).trimEnd()}\n`,
    exception: { id: record.id, name: record.name },
  };
}

function changeOf(record: ExceptionRecord, rule: Rule, macros: Macros, lists: ListLookup): readonly string[] {
  const title = [`### ${oneLine(rule.name)}`, "", `Rule \`${rule.id}\`, version ${oneLine(rule.version)}.`, ""];
  const changed = changedQuery(record, rule, macros, lists);
  if (!changed.ok) {
    return [...title, `There is no clause for it: ${changed.error}`, ""];
  }
  const { name, before, after, notes } = changed.value;
  const text = unifiedDiff(before, after, { left: `a/${name}`, right: `b/${name}` }).trimEnd();
  return [
    ...title,
    ...fenced(text, "diff"),
    "",
    ...notes.map((note) => `- ${note}`),
    ...(notes.length > 0 ? [""] : []),
  ];
}

async function samplesOf(
  store: Store,
  record: ExceptionRecord,
  scoped: readonly Rule[],
  lists: ListLookup,
): Promise<Samples> {
  const { items } = await store.alerts.find({
    ruleIds: scoped.map(({ id }) => id),
    limit: mostAlerts,
    order: "newest-first",
  });
  const { matches, needsLineage } = compileException(record, lists);
  const [malicious, contexts] = await Promise.all([
    judgedMalicious(store, items, undefined),
    needsLineage
      ? contextsOf(
          store.lineage,
          items.flatMap(({ processKey }) => processKey ?? []),
        )
      : new Map(),
  ]);
  const found: Record<keyof Samples, Fields[]> = { benign: [], malicious: [], others: [] };
  const kindOf = (alert: AlertRecord, isHidden: boolean): keyof Samples | undefined =>
    malicious.has(alert.id) ? (isHidden ? undefined : "malicious") : isHidden ? "benign" : "others";
  for (const alert of items) {
    for (const { event } of await evidenceOf(alert, (id) => store.events.get(id))) {
      const lineage = contexts.get(alert.processKey ?? "") ?? noLineage;
      const kind = kindOf(alert, matches({ fields: event.fields, lineage }));
      if (kind !== undefined && found[kind].length < mostSamples) {
        found[kind].push(event.fields);
      }
    }
  }
  return found;
}

function sampleSection(title: string, samples: readonly Fields[], fields: readonly string[]): readonly string[] {
  return [
    `## ${title}`,
    "",
    ...(samples.length === 0 ? ["None is stored.", ""] : []),
    ...samples.flatMap((sample) => [...fenced(JSON.stringify(shown(sample, fields), undefined, 2), "json"), ""]),
  ];
}

function shown(sample: Fields, fields: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const [first, ...more] = valuesOf(sample, field);
      return first === undefined ? [] : [[field, more.length === 0 ? first : [first, ...more]]];
    }),
  );
}

/** A fence longer than any in the text. */
function fenced(text: string, language: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, text, fence];
}

function inlineCode(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence} ${oneLine(text)} ${fence}`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, " ");
}
