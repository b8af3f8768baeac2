import { Button, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import type { Person } from "#contracts/people";
import { useChange, useRoute, useWholeList } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { TextLink } from "../../ui/page.tsx";
import { DialogEnd, NoteField } from "./dialog-end.tsx";
import classes from "./people.module.css";
import { tokenState } from "./state-marks.tsx";

/** Disables a person, or enables one who is disabled. */
export function DisablePersonDialog({ person, close }: { readonly person: Person; readonly close: () => void }) {
  // What is changed is compared with this read.
  useRoute("person", { params: { id: person.id } });
  const change = useChange("changePerson");
  const [note, setNote] = useState("");
  const disabling = person.state !== "disabled";
  const tokens = useWholeList("serviceTokens").data?.items ?? [];
  const now = Date.now();
  const theirs = tokens.filter(
    (token) => token.createdBy === person.name && tokenState(token, now) === "active",
  ).length;
  return (
    <Modal opened onClose={close} title={`${disabling ? "Disable" : "Enable"} ${person.name}`} size="lg">
      <Stack gap="sm">
        <p className={classes.text}>{disabling ? disablingWords(person) : "They can sign in again as before."}</p>
        {disabling && theirs > 0 && (
          <p className={classes.text}>
            {theirs === 1 ? "A service token" : `${theirs.toLocaleString("en")} service tokens`} created by{" "}
            <VisibleText text={person.name} /> {theirs === 1 ? "keeps" : "keep"} working. If{" "}
            {theirs === 1 ? "its" : "a"} secret may be with them, revoke it under{" "}
            <TextLink to="/people?tab=tokens">Service tokens</TextLink>.
          </p>
        )}
        <NoteField value={note} change={setNote} rows={2} focused />
        <DialogEnd error={change.error} close={close}>
          <Button
            size="xs"
            color={disabling ? "red" : undefined}
            loading={change.isPending}
            onClick={() =>
              change.mutate(
                {
                  params: { id: person.id },
                  seen: { name: "person", params: { id: person.id } },
                  body: { disabled: disabling, note: note.trim() === "" ? undefined : note },
                },
                { onSuccess: close },
              )
            }
          >
            {disabling ? "Disable" : "Enable"}
          </Button>
        </DialogEnd>
      </Stack>
    </Modal>
  );
}

function disablingWords({ sessions }: Person): string {
  const ending =
    sessions === 0
      ? "They are signed in nowhere."
      : sessions === 1
        ? "Their open session ends at once."
        : `Their ${sessions.toLocaleString("en")} open sessions end at once.`;
  return `They can no longer sign in. ${ending} What they did stays in history and audit trail.`;
}
