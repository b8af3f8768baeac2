import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { userName as nameSchema, newUserName } from "#contracts/people";
import type { Role } from "#contracts/roles";
import { useChange } from "../../api/queries.ts";
import { DialogEnd, NoteField } from "./dialog-end.tsx";
import { InvitationView } from "./invitation.tsx";
import { RoleChoice } from "./role-choice.tsx";

/** Adds a local account; then shows the link for the first sign-in. */
export function AddPersonDialog({ close }: { readonly close: () => void }) {
  const add = useChange("addPerson");
  const [userName, setUserName] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("analyst");
  const [note, setNote] = useState("");
  if (add.data !== undefined) {
    return <InvitationView invitation={add.data} close={close} />;
  }
  const shownName = name.trim() === "" ? userName.trim() : name.trim();
  const problem = userName === "" ? undefined : problemOf(newUserName, userName);
  const nameProblem = name === "" ? undefined : problemOf(nameSchema, name);
  return (
    <Modal opened onClose={close} title="Add person" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate({
            body: { userName: userName.trim(), name: shownName, role, note: note.trim() === "" ? undefined : note },
          });
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="User name"
            description="What they sign in with"
            required
            data-autofocus
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={100}
            error={problem}
            value={userName}
            onChange={(event) => setUserName(event.currentTarget.value)}
          />
          <TextInput
            label="Name"
            description="As history and audit trail show it; the user name if left empty"
            autoComplete="off"
            maxLength={100}
            placeholder={userName.trim()}
            error={nameProblem}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <RoleChoice value={role} change={setRole} />
          <NoteField value={note} change={setNote} />
          <DialogEnd error={add.error} close={close}>
            <Button
              size="xs"
              type="submit"
              loading={add.isPending}
              disabled={userName.trim() === "" || problem !== undefined || nameProblem !== undefined}
            >
              Add and show link
            </Button>
          </DialogEnd>
        </Stack>
      </form>
    </Modal>
  );
}

function problemOf(schema: typeof nameSchema, text: string): string | undefined {
  const parsed = schema.safeParse(text);
  return parsed.success ? undefined : parsed.error.issues[0]?.message;
}
