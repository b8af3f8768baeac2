import { ActionIcon, Button, Menu, TextInput } from "@mantine/core";
import { IconDots, IconPlus, IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Person } from "#contracts/people";
import { useRoute, useWholeList } from "../../api/queries.ts";
import { type Command, useCommands } from "../../keyboard/commands.tsx";
import { VisibleText } from "../../ui/command-line.tsx";
import { Table } from "../../ui/page.tsx";
import { methodLabels, roleLabels } from "../../ui/roles.ts";
import { Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { AddPersonDialog } from "./add-person.tsx";
import { ChangePersonDialog } from "./change-person.tsx";
import { DisablePersonDialog } from "./disable-person.tsx";
import { NewLinkDialog } from "./invitation.tsx";
import classes from "./people.module.css";
import { PersonSessions } from "./person-sessions.tsx";
import { PersonStateMark } from "./state-marks.tsx";

/** Milliseconds between looks at what others did, while the page is not told. */
const fallback = 15_000;

type Action = "change" | "disable" | "link";

/** Everybody who has an account, with what an administrator can do about them. */
export function PeopleList() {
  const people = useWholeList("people", { fallback });
  const [adding, setAdding] = useState(false);
  const [acting, setActing] = useState<{ readonly action: Action; readonly person: Person }>();
  const close = () => setActing(undefined);
  useCommands(
    useMemo<readonly Command[]>(
      () => [{ id: "people-add", title: "Add person…", group: "People", keys: ["n"], run: () => setAdding(true) }],
      [],
    ),
  );
  return (
    <>
      <Loaded query={people} label="Loading people">
        {({ items }) => (
          <People items={items} add={() => setAdding(true)} act={(action, person) => setActing({ action, person })} />
        )}
      </Loaded>
      {adding && <AddPersonDialog close={() => setAdding(false)} />}
      {acting?.action === "change" && <ChangePersonDialog person={acting.person} close={close} />}
      {acting?.action === "disable" && <DisablePersonDialog person={acting.person} close={close} />}
      {acting?.action === "link" && <NewLinkDialog person={acting.person} close={close} />}
    </>
  );
}

function People({
  items,
  add,
  act,
}: {
  readonly items: readonly Person[];
  readonly add: () => void;
  readonly act: (action: Action, person: Person) => void;
}) {
  const [text, setText] = useState("");
  const own = useRoute("ownAccount", {}, { freshFor: 60_000 }).data?.person.id;
  const wanted = text.trim().toLowerCase();
  const found = items.filter(({ name, userName, role }) =>
    [name, userName, roleLabels[role].label].some((value) => value.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <div className={classes.controls}>
        <TextInput
          size="xs"
          className={classes.find}
          leftSection={<IconSearch size={13} aria-hidden />}
          aria-label="Find people"
          placeholder="Name, user name or role"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={add} title="Add person (N)">
          Add person…
        </Button>
      </div>
      <Table
        label="People"
        rows={found}
        total={items.length}
        truncationReason={found.length < items.length ? `with “${text.trim()}”` : undefined}
        keyOf={({ id }) => id}
        first={100}
        empty={`Nobody with “${text.trim()}” in name, user name or role.`}
        detail={{ title: "Open sessions", of: (person) => <PersonSessions person={person} /> }}
        columns={[
          {
            title: "Name",
            wide: true,
            cell: ({ id, name, userName }) => (
              <>
                <span className={classes.name}>
                  <VisibleText text={name} />
                </span>
                {id === own && <span className={classes.you}>you</span>}
                <span className={classes.userName}>
                  <VisibleText text={userName} />
                </span>
              </>
            ),
          },
          { title: "Role", cell: ({ role }) => roleLabels[role].label },
          { title: "State", cell: ({ state }) => <PersonStateMark state={state} /> },
          { title: "Signs in by", narrow: true, cell: waysOf },
          {
            title: "Last sign-in",
            cell: ({ lastSignInAt }) => (lastSignInAt === undefined ? "never" : <Moment iso={lastSignInAt} relative />),
          },
          { title: "Sessions", numeric: true, secondary: true, cell: ({ sessions }) => sessions },
          {
            title: "Added",
            secondary: true,
            cell: ({ createdAt, createdBy }) => (
              <>
                <Moment iso={createdAt} precision="minute" />
                <span className={classes.userName}>
                  by <VisibleText text={createdBy} />
                </span>
              </>
            ),
          },
          {
            title: "Actions",
            actions: true,
            cell: (person) => <PersonMenu person={person} isOneself={person.id === own} act={act} />,
          },
        ]}
      />
    </>
  );
}

function waysOf({ methods, state }: Person): string {
  if (methods.length > 0) {
    return methods.map((method) => methodLabels[method]).join(", ");
  }
  switch (state) {
    case "disabled":
      return "";
    case "invited":
      return "nothing: the link has expired";
    case "active":
      return "no password or passkey yet";
  }
}

function PersonMenu({
  person,
  isOneself,
  act,
}: {
  readonly person: Person;
  readonly isOneself: boolean;
  readonly act: (action: Action, person: Person) => void;
}) {
  const isDisabled = person.state === "disabled";
  const external = person.source === "oidc";
  return (
    <Menu position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Actions for ${person.name}`}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {external && <Menu.Label>Name, role and sign-in: identity provider</Menu.Label>}
        {!external && <Menu.Item onClick={() => act("change", person)}>Change name or role…</Menu.Item>}
        {!external && !isDisabled && <Menu.Item onClick={() => act("link", person)}>New sign-in link…</Menu.Item>}
        {isOneself ? (
          <Menu.Item disabled>Disable… (not oneself)</Menu.Item>
        ) : (
          <Menu.Item onClick={() => act("disable", person)}>{isDisabled ? "Enable…" : "Disable…"}</Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
