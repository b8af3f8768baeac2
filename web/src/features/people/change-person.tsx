import { Button, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { type Person, userName as userNameSchema } from "#contracts/people";
import { useChange, useRoute } from "../../api/queries.ts";
import { DialogEnd, NoteField } from "./dialog-end.tsx";
import { RoleChoice } from "./role-choice.tsx";

/** Changes the name or the role of a local account. */
export function ChangePersonDialog({ person, close }: { readonly person: Person; readonly close: () => void }) {
  const save = useChange("changePerson");
  // What is changed is compared with this read.
  useRoute("person", { params: { id: person.id } });
  const own = useRoute("ownAccount", {}, { freshFor: 60_000 }).data?.person.id;
  const [name, setName] = useState(person.name);
  const [role, setRole] = useState(person.role);
  const [note, setNote] = useState("");
  const checked = userNameSchema.safeParse(name);
  const isChanged = name.trim() !== person.name || role !== person.role;
  return (
    <Modal opened onClose={close} title={`Change ${person.userName}`} size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(
            {
              params: { id: person.id },
              seen: { name: "person", params: { id: person.id } },
              body: {
                name: name.trim() === person.name ? undefined : name.trim(),
                role: role === person.role ? undefined : role,
                note: note.trim() === "" ? undefined : note,
              },
            },
            { onSuccess: close },
          );
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            description="Earlier records keep the name they were written with"
            required
            data-autofocus
            autoComplete="off"
            maxLength={100}
            error={checked.success ? undefined : checked.error.issues[0]?.message}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <RoleChoice
            value={role}
            change={setRole}
            fixed={person.id === own ? "Your own role can only be changed by another administrator." : undefined}
          />
          <NoteField value={note} change={setNote} />
          <DialogEnd error={save.error} close={close}>
            <Button size="xs" type="submit" loading={save.isPending} disabled={!isChanged || !checked.success}>
              Save
            </Button>
          </DialogEnd>
        </Stack>
      </form>
    </Modal>
  );
}
