import type { ExceptionRecord } from "#contracts/exception";
import { type ExceptionEntry, isFieldEntry } from "#contracts/exception-entry";
import { VisibleText } from "../../ui/command-line.tsx";
import { entrySentence, entryValues, relationOf } from "../../ui/exception-entry.ts";
import { Facts, Section } from "../../ui/page.tsx";
import classes from "./exception-page.module.css";

/** The entries of an exception as sentences: one group, or several of which any matches. */
export function EntriesView({ record }: { readonly record: ExceptionRecord }) {
  const { entries, alternatives = [] } = record;
  if (alternatives.length === 0) {
    return (
      <Section title="All conditions must match">
        <Group entries={entries} />
      </Section>
    );
  }
  return (
    <Section title="All conditions of one group must match">
      {[entries, ...alternatives].map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the groups of a saved exception never move.
        <div key={index}>
          {index > 0 && <p className={classes.or}>or</p>}
          <Group entries={group} />
        </div>
      ))}
    </Section>
  );
}

function Group({ entries }: { readonly entries: readonly ExceptionEntry[] }) {
  return (
    <ol className={classes.entries}>
      {entries.map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the entries of a saved exception never move.
        <li key={index}>
          <Entry entry={entry} />
        </li>
      ))}
    </ol>
  );
}

function Entry({ entry }: { readonly entry: ExceptionEntry }) {
  if (!isFieldEntry(entry)) {
    return <VisibleText text={entrySentence(entry)} />;
  }
  return (
    <>
      <code>{entry.field}</code> <span>{relationOf(entry).word}</span>{" "}
      {entryValues(entry).map((value) => (
        <code key={value} className={classes.value}>
          <VisibleText text={value} />
        </code>
      ))}
      {entry.type !== "exists" && <span>{entry.case === "sensitive" ? "case-sensitive" : "ignore case"}</span>}
    </>
  );
}

/** Where it applies, beyond the rules: nothing if it applies everywhere. */
export function ScopeView({ record }: { readonly record: ExceptionRecord }) {
  const { os, hosts, hostList, step } = record;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Operating systems", os?.join(", ")],
    ["Hosts", hosts?.join(", ")],
    ["Hosts of the list", hostList],
    ["Step of a sequence", step === undefined ? undefined : `${step} only`],
  ];
  const named = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  return named.length === 0 ? null : (
    <Section title="Applies only to">
      <Facts entries={named} />
    </Section>
  );
}
