import { MultiSelect, Select, TextInput } from "@mantine/core";
import { type RefObject, useEffect, useState } from "react";
import type { ExceptionPage, ExceptionQuery } from "#contracts/exception-life";
import { useWholeList } from "../../api/queries.ts";
import { useRoving } from "../../keyboard/roving.ts";
import { useLeaving } from "../../ui/use-leaving.ts";
import { visibleString } from "../../ui/visible-text.ts";
import classes from "./list.module.css";

/** Delay between the last keystroke and the request, in milliseconds. */
const PAUSE = 250;

type State = NonNullable<ExceptionQuery["state"]>[number];
type Level = NonNullable<ExceptionQuery["breadth"]>[number];

const states: readonly { readonly value: State; readonly label: string }[] = [
  { value: "enforced", label: "Enforced" },
  { value: "shadow", label: "Shadow" },
  { value: "waiting", label: "Waiting for approval" },
  { value: "due", label: "Due for review" },
  { value: "expired", label: "Expired" },
  { value: "disabled", label: "Disabled" },
  { value: "deleted", label: "Deleted" },
];
const levels: readonly { readonly value: Level; readonly label: string }[] = [
  { value: "narrow", label: "Narrow" },
  { value: "acceptable", label: "Acceptable" },
  { value: "broad", label: "Broad" },
];
const ages = [7, 30, 90, 180, 365].map((days) => ({ value: String(days), label: `${days} days or older` }));
const uses = [
  { value: "some", label: "Matched" },
  { value: "none", label: "Never matched" },
];
const sorts: readonly { readonly value: ExceptionQuery["sort"]; readonly label: string }[] = [
  { value: "created", label: "Newest" },
  { value: "name", label: "Name" },
  { value: "hits", label: "Hits" },
  { value: "last-hit", label: "Last hit" },
  { value: "expires", label: "Expiry" },
  { value: "breadth", label: "Breadth" },
];

/** The filters of the exception list. */
export function ListFilters({
  query,
  page,
  change,
  input,
}: {
  readonly query: ExceptionQuery;
  readonly page: ExceptionPage | undefined;
  readonly change: (next: Partial<ExceptionQuery>) => void;
  /** The field for words. */
  readonly input: RefObject<HTMLInputElement | null>;
}) {
  const [text, setText] = useState(query.text ?? "");
  const roving = useRoving<HTMLElement>();
  const isLeaving = useLeaving();
  const rules = useWholeList("ruleNames");
  const nameOf = (id: string) => visibleString(rules.data?.items.find((rule) => rule.id === id)?.name ?? id);
  useEffect(() => setText(query.text ?? ""), [query.text]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing triggers it, not the filters that it changes.
  useEffect(() => {
    if (text === (query.text ?? "")) {
      return;
    }
    const timer = setTimeout(() => !isLeaving() && change({ text }), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const choice = (
    label: string,
    name: "rule" | "owner" | "hits" | "olderThan",
    data: readonly { readonly value: string; readonly label: string }[],
  ) => (
    <Select
      size="xs"
      label={label}
      clearable
      searchable={data.length > 8}
      placeholder="Any"
      data={[...data]}
      value={query[name]?.toString() ?? null}
      onChange={(value) =>
        change({ [name]: name === "olderThan" && value !== null ? Number(value) : (value ?? undefined) })
      }
      className={classes.filter}
    />
  );
  const withChosen = (values: readonly string[], chosen: string | undefined) => [
    ...new Set([...values, ...(chosen === undefined ? [] : [chosen])]),
  ];
  return (
    <search {...roving} className={classes.filters} aria-label="Filter exceptions">
      <TextInput
        ref={input}
        size="xs"
        label="Text"
        placeholder="Name, reason, condition or author"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        className={classes.text}
      />
      <MultiSelect
        size="xs"
        label="State"
        clearable
        clearButtonProps={{ "aria-label": "Clear state" }}
        placeholder={(query.state ?? []).length === 0 ? "All but deleted" : undefined}
        data={[...states]}
        value={[...(query.state ?? [])]}
        onChange={(values) => change({ state: states.flatMap(({ value }) => (values.includes(value) ? [value] : [])) })}
        className={classes.filter}
      />
      {choice(
        "Rule",
        "rule",
        withChosen(page?.ruleIds ?? [], query.rule).map((value) => ({ value, label: nameOf(value) })),
      )}
      {choice(
        "Owner",
        "owner",
        withChosen(page?.owners ?? [], query.owner).map((value) => ({ value, label: visibleString(value) })),
      )}
      <MultiSelect
        size="xs"
        label="Breadth"
        clearable
        clearButtonProps={{ "aria-label": "Clear breadth" }}
        placeholder={(query.breadth ?? []).length === 0 ? "Any" : undefined}
        data={[...levels]}
        value={[...(query.breadth ?? [])]}
        onChange={(values) =>
          change({ breadth: levels.flatMap(({ value }) => (values.includes(value) ? [value] : [])) })
        }
        className={classes.filter}
      />
      {choice("Hits", "hits", uses)}
      {choice("Age", "olderThan", ages)}
      <Select
        size="xs"
        label="Sort by"
        allowDeselect={false}
        data={[...sorts]}
        value={query.sort}
        onChange={(chosen) => change({ sort: sorts.find(({ value }) => value === chosen)?.value ?? "created" })}
        className={classes.sort}
      />
    </search>
  );
}
