import { SegmentedControl, Select, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import type { FieldEntry } from "#contracts/exception-entry";
import { useRoute } from "../../api/queries.ts";
import { TextLink } from "../../ui/page.tsx";
import { visibleString } from "../../ui/visible-text.ts";
import { entryText, withText } from "./draft.ts";
import classes from "./entry-editor.module.css";

type WithValue = Exclude<FieldEntry, { type: "exists" }>;

interface Props {
  readonly entry: WithValue;
  readonly rules: readonly string[] | undefined;
  /** Whether the values of stored alerts can complete what is typed. */
  readonly completes: boolean;
  readonly change: (entry: FieldEntry) => void;
}

/** The value of an entry, its case mode, and values of stored alerts to choose from. */
export function ValueEditor({ entry, rules, completes, change }: Props) {
  const [isFocused, setFocused] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices whether the focus is inside of it.
    <div
      className={classes.value}
      onFocus={() => setFocused(true)}
      onBlur={(event) => setFocused(event.currentTarget.contains(event.relatedTarget))}
    >
      {entry.type === "list" ? (
        <ListSelect list={entry.list} change={(list) => change({ ...entry, list })} />
      ) : (
        <Textarea
          size="xs"
          aria-label={entry.type === "match_any" ? "Values, one per line" : "Value"}
          autosize
          minRows={1}
          maxRows={8}
          spellCheck={false}
          value={entryText(entry)}
          onChange={(event) => change(withText(entry, event.currentTarget.value))}
          classNames={{ input: classes.input }}
        />
      )}
      <SegmentedControl
        size="xs"
        aria-label="Case"
        value={entry.case}
        onChange={(value) => change({ ...entry, case: value === "sensitive" ? "sensitive" : "insensitive" })}
        data={[
          { value: "insensitive", label: "Ignore case" },
          { value: "sensitive", label: "Case-sensitive" },
        ]}
      />
      {isFocused && completes && (entry.type === "match" || entry.type === "match_any") && (
        <Completions entry={entry} rules={rules} change={change} />
      )}
    </div>
  );
}

/** Values shown at once. */
const shown = 6;

function Completions({
  entry,
  rules,
  change,
}: {
  readonly entry: FieldEntry & { readonly type: "match" | "match_any" };
  readonly rules: readonly string[] | undefined;
  readonly change: (entry: FieldEntry) => void;
}) {
  const typed = entry.type === "match" ? entry.value : (entry.values.at(-1) ?? "");
  const [atFocus] = useState(typed);
  // What was there already is not a search.
  const [search] = useDebouncedValue(typed === atFocus ? "" : typed, 200);
  const found = useRoute(
    "fieldValues",
    { query: { field: entry.field, search, rule: rules === undefined ? undefined : [...rules] } },
    { enabled: entry.field !== "", keep: true, freshFor: 60_000 },
  );
  const { data } = found;
  if (data === undefined) {
    return null;
  }
  const chosen = entry.type === "match" ? [entry.value] : entry.values;
  const others = data.values.filter(({ value }) => !chosen.includes(value)).slice(0, shown);
  const choose = (value: string) =>
    change(
      entry.type === "match"
        ? { ...entry, value }
        : { ...entry, values: [...entry.values.slice(0, typed === atFocus ? undefined : -1), value] },
    );
  return (
    <fieldset className={classes.completions} aria-label={`Values of ${visibleString(entry.field)}`}>
      {others.map(({ value, count }) => (
        <button key={value} type="button" onClick={() => choose(value)} title={visibleString(value)}>
          <code>{visibleString(value)}</code> <span>{count.toLocaleString("en")}</span>
        </button>
      ))}
      <p>
        {data.present === 0
          ? `None of ${data.alerts.toLocaleString("en")} alerts has this field.`
          : `${others.length} of ${data.distinct.toLocaleString("en")} values in ${
              data.alerts < data.total ? "the newest " : ""
            }${data.alerts.toLocaleString("en")} alerts.`}
      </p>
    </fieldset>
  );
}

function ListSelect({ list, change }: { readonly list: string; readonly change: (list: string) => void }) {
  const lists = useRoute("valueLists");
  const items = lists.data?.items ?? [];
  const isKnown = list === "" || items.some(({ id }) => id === list);
  return (
    <div className={classes.list}>
      <Select
        size="xs"
        aria-label="Value list"
        placeholder={items.length === 0 && lists.data !== undefined ? "No value lists yet" : "Choose a list"}
        searchable
        data={[
          ...items.map(({ id, name, count }) => ({
            value: id,
            label: `${visibleString(name)} (${count.toLocaleString("en")})`,
          })),
          ...(isKnown ? [] : [{ value: list, label: `Unknown list ${visibleString(list)}` }]),
        ]}
        value={list === "" ? null : list}
        onChange={(next) => change(next ?? "")}
      />
      <TextLink to="/exceptions/lists">Manage value lists</TextLink>
    </div>
  );
}
