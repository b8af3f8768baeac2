import { Alert, Button, Group, Modal, Stack } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import type { RouteResponse } from "#contracts/api";
import type { Person } from "#contracts/people";
import { useChange } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { InlineCode } from "../../ui/inline-code.tsx";
import { OneTimeSecret } from "../../ui/one-time-secret.tsx";
import { Moment } from "../../ui/time.tsx";
import { webAddress } from "../../ui/web-address.ts";
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
            Whoever opens it is signed in as <VisibleText text={person.name} />.{" "}
            {isOnlyLocal(link)
              ? "Open it only in their browser on this machine."
              : "Send it over a channel that only they can read."}
          </p>
        </OneTimeSecret>
        {isOnlyLocal(link) && (
          <Alert
            color="yellow"
            variant="outline"
            className={classes.local}
            classNames={{ title: classes.localTitle }}
            icon={<IconPlugConnectedX size={18} aria-hidden />}
            title="This server can be reached only from this machine"
          >
            The link does not work on other machines. To let others in, give the server a name and TLS first:
            <InlineCode text=" `docs/deploy` describes how, with a proxy (`STEMMA_URL`) or with a certificate (`STEMMA_TLS_CERT`)." />{" "}
            Then create a new link.
          </Alert>
        )}
        <Group justify="flex-end">
          <Button size="xs" variant="default" onClick={close}>
            Done
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Whether a link leads to a loopback address, which on another machine is that machine. */
function isOnlyLocal(link: string): boolean {
  const name = webAddress(link)?.hostname ?? "";
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^127(\.\d{1,3}){3}$/.test(name);
}
