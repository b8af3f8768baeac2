import { Button, Menu } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { DryRun, ExceptionDraft, SuggestedDraft } from "#contracts/exception";
import { type ExceptionEntry, eventFieldsOf } from "#contracts/exception-entry";
import { entrySentence } from "../../ui/exception-entry.ts";
import classes from "./builder-page.module.css";
import { type Around, groupsOf, newCompound, newEntry, withGroups } from "./draft.ts";
import { EntryEditor } from "./entry-editor.tsx";
import { notesOf } from "./entry-notes.tsx";

interface Props {
  readonly draft: ExceptionDraft;
  readonly suggested: SuggestedDraft;
  /** By the sentence of an entry: why it was suggested. */
  readonly because: ReadonlyMap<string, string | undefined>;
  /** By entry over all groups: alerts that it matches on its own. */
  readonly matches: readonly number[] | undefined;
  /** Whether the draft can be run, so that matches are to come. */
  readonly isCounting: boolean;
  readonly around: Around;
  readonly notes: DryRun["notes"] | undefined;
  readonly edit: (change: Partial<ExceptionDraft>) => void;
}

/** The entries of a draft in their groups: all of a group must match, any group is enough. */
export function EntryGroups(props: Props) {
  const { draft, edit } = props;
  const groups = groupsOf(draft);
  const starts = groups.map((_, index) => groups.slice(0, index).reduce((sum, { length }) => sum + length, 0));
  return (
    <>
      {groups.map((entries, index) => (
        <Group
          // biome-ignore lint/suspicious/noArrayIndexKey: a group is identified by its position.
          key={index}
          {...props}
          group={index}
          entries={entries}
          title={index === 0 ? "All conditions must match" : "Or all of these must match"}
          matches={props.matches?.slice(starts[index], (starts[index] ?? 0) + entries.length)}
          change={(next) => edit(withGroups(groups.map((other, at) => (at === index ? next : other))))}
        />
      ))}
      <Button
        size="compact-xs"
        variant="subtle"
        className={classes.alternative}
        leftSection={<IconPlus size={13} aria-hidden />}
        disabled={draft.entries.length === 0 || groups.length > 20}
        onClick={() => edit(withGroups([...groups, [...(groups.at(-1) ?? [])]]))}
      >
        Or another group
      </Button>
    </>
  );
}

function Group({
  draft,
  suggested,
  because,
  matches,
  isCounting,
  around,
  notes,
  group,
  entries,
  title,
  change,
}: Omit<Props, "edit"> & {
  readonly group: number;
  readonly entries: readonly ExceptionEntry[];
  readonly title: string;
  readonly change: (entries: readonly ExceptionEntry[]) => void;
}) {
  const isUsed = (field: string) => entries.some((entry) => eventFieldsOf(entry).includes(field));
  const unused = suggested.fields.find(({ field }) => !isUsed(field)) ?? suggested.fields[0];
  const add = (entry: ExceptionEntry) => change([...entries, entry]);
  const rules = draft.allRules === true || draft.ruleIds.length === 0 ? undefined : draft.ruleIds;
  return (
    <section aria-label={title === "All conditions must match" ? "Entries" : title}>
      <h2 className={classes.title}>
        {title} <span>{entries.length}</span>
      </h2>
      <ol className={classes.entries}>
        {entries.map((entry, index) => (
          <EntryEditor
            // biome-ignore lint/suspicious/noArrayIndexKey: an entry is identified by its position.
            key={index}
            entry={entry}
            fields={suggested.fields}
            rules={rules}
            because={because.get(entrySentence(entry))}
            matches={matches?.[index]}
            isCounting={isCounting}
            notes={notesOf(notes, group, index)}
            change={(next) => change(entries.map((other, at) => (at === index ? next : other)))}
            remove={() => change(entries.filter((_, at) => at !== index))}
          />
        ))}
      </ol>
      <div className={classes.adding}>
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconPlus size={13} aria-hidden />}
          disabled={entries.length >= 50}
          onClick={() => add(newEntry(unused?.field ?? "", unused?.values ?? []))}
        >
          Add entry
        </Button>
        <Menu position="bottom-start" withinPortal>
          <Menu.Target>
            <Button
              size="compact-xs"
              variant="subtle"
              leftSection={<IconPlus size={13} aria-hidden />}
              disabled={entries.length >= 50}
            >
              Add from the process graph
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => add(newCompound("ancestor", around))}>Ancestor or parent process</Menu.Item>
            <Menu.Item onClick={() => add(newCompound("session", around))}>Logon session</Menu.Item>
            <Menu.Item onClick={() => add(newCompound("nested"))}>Elements of an array</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </section>
  );
}
