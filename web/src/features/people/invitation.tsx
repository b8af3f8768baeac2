import { Button, Group, Modal, Stack } from "@mantine/core";
import type { RouteResponse } from "#contracts/api";
import type { Person } from "#contracts/people";
import { useChange } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { OneTimeSecret } from "../../ui/one-time-secret.tsx";
import { Moment } from "../../ui/time.tsx";
import { DialogEnd } from "./dialog-end.tsx";
import classes from "./people.module.css";

/** A new sign-in link for somebody who has lost password and passkeys, or whose first link has expired. */
export function NewLinkDialog({ person, close }: { readonly person: Person; readonly close: () => void }) {
  const invite = useChange("invitePerson");
  if (invite.data !== undefined) {
    return <InvitationView invitation={invite.data} close={close} />;
  }
  return (
    <Modal opened onClose={close} title="New sign-in link" size="lg">
      <Stack gap="sm">
        <p className={classes.text}>
          Whoever opens the link is signed in as <VisibleText text={person.name} /> and can then set a new password or
          add a passkey. Earlier links stop working; passwords and passkeys stay.
        </p>
        <DialogEnd error={invite.error} close={close}>
          <Button
            size="xs"
            data-autofocus
            loading={invite.isPending}
            onClick={() => invite.mutate({ params: { id: person.id }, body: {} })}
          >
            Create link
          </Button>
        </DialogEnd>
      </Stack>
    </Modal>
  );
}

/** A link that is shown once: the dialog closes by its button only. */
export function InvitationView({
  invitation,
  close,
}: {
  readonly invitation: RouteResponse<"addPerson">;
  readonly close: () => void;
}) {
  const { person, link, expiresAt } = invitation;
  return (
    <Modal
      opened
      onClose={close}
      title={
        <>
          Sign-in link for <VisibleText text={person.name} />
        </>
      }
      size="lg"
      closeOnEscape={false}
      closeOnClickOutside={false}
      withCloseButton={false}
    >
      <Stack gap="sm">
        <OneTimeSecret label="Sign-in link" secret={link}>
          <p>
            The link is shown only now. It works once, until <Moment iso={expiresAt} precision="minute" /> (
            <Moment iso={expiresAt} relative />
            ).
          </p>
          <p>
            Whoever opens it is signed in as <VisibleText text={person.name} />. Send it over a channel that only they
            can read.
          </p>
        </OneTimeSecret>
        <Group justify="flex-end">
          <Button size="xs" variant="default" onClick={close}>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
