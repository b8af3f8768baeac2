import { Button, Popover, Select, TagsInput } from "@mantine/core";
import { IconTag, IconUser } from "@tabler/icons-react";
import { useState } from "react";
import type { IncidentDetail } from "#contracts/incident";
import { useChange } from "../../../api/queries.ts";
import { useSeen } from "../../../api/use-seen.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { cancelWord } from "../../../ui/conflict.tsx";
import { ErrorState } from "../../../ui/state.tsx";
import { toEditable } from "../../../ui/visible-text.ts";
import type { Assignee } from "./use-assignee.ts";
import classes from "./work-fields.module.css";

/** No name is empty. */
const nobody = "";

/** Who works on the incident. */
export function AssigneeField({ assignee }: { readonly assignee: Assignee }) {
  const { current, people, assign, isPending, denial } = assignee;
  if (denial !== undefined) {
    return (
      <span className={classes.text} title="Assignee">
        <IconUser size={14} aria-hidden /> {current === undefined ? "Unassigned" : <VisibleText text={current} />}
      </span>
    );
  }
  // Somebody who may not be assigned any more is still shown.
  const names = current === undefined || people.includes(current) ? people : [current, ...people];
  return (
    <Select
      className={classes.assignee}
      size="xs"
      aria-label="Assignee"
      title="Who works on the incident (M: assign to me)"
      leftSection={<IconUser size={14} aria-hidden />}
      data={[
        { value: nobody, label: "Unassigned" },
        ...names.map((name) => ({ value: name, label: toEditable(name) })),
      ]}
      value={current ?? nobody}
      onChange={(name) => assign(name === null || name === nobody ? undefined : name)}
      allowDeselect={false}
      disabled={isPending}
      searchable
      nothingFoundMessage="Nobody with this name"
      comboboxProps={{ width: 220, position: "bottom-start" }}
    />
  );
}

const shownTags = 2;

/** The tags of the incident, and a field to change them. */
export function TagsField({
  incident,
  denial,
}: {
  readonly incident: IncidentDetail;
  readonly denial: string | undefined;
}) {
  const { tags } = incident.work;
  const [isOpen, setOpen] = useState(false);
  const marks = (
    <>
      <IconTag size={14} aria-hidden />
      <span className={classes.tags}>
        {tags.length === 0 ? "No tags" : tags.slice(0, shownTags).map((tag) => <em key={tag}>{tag}</em>)}
        {tags.length > shownTags && `+${tags.length - shownTags}`}
      </span>
      {tags.length > 0 && <span className={classes.count}>{tags.length}</span>}
    </>
  );
  if (denial !== undefined) {
    return (
      <span className={classes.text} title={tags.join(", ")}>
        {marks}
      </span>
    );
  }
  return (
    <Popover opened={isOpen} onChange={setOpen} width={320} position="bottom-end" shadow="md" trapFocus withinPortal>
      <Popover.Target>
        <button
          type="button"
          className={classes.text}
          title={tags.length === 0 ? "Add tags" : `Change tags: ${tags.join(", ")}`}
          aria-label={tags.length === 0 ? undefined : `Tags: ${tags.join(", ")}`}
          onClick={() => setOpen(!isOpen)}
        >
          {marks}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Tags">
        {isOpen && <TagsForm incident={incident} close={() => setOpen(false)} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function TagsForm({ incident, close }: { readonly incident: IncidentDetail; readonly close: () => void }) {
  const [tags, setTags] = useState<string[]>([...incident.work.tags]);
  const change = useChange("incidentTags");
  const params = { key: incident.key };
  const { seen, again } = useSeen({ name: "incident", params });
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ params, body: { tags }, seen }, { onSuccess: close, onError: again });
      }}
    >
      <TagsInput
        label="Tags"
        description="Enter adds a tag"
        size="xs"
        data-autofocus
        maxTags={50}
        value={tags}
        onChange={setTags}
      />
      {change.error !== null && <ErrorState error={change.error} />}
      <div className={classes.buttons}>
        <Button size="compact-xs" variant="default" onClick={close}>
          {cancelWord(change.error)}
        </Button>
        <Button size="compact-xs" type="submit" loading={change.isPending}>
          Save tags
        </Button>
      </div>
    </form>
  );
}
