import { Button, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { RouteResponse } from "#contracts/api";
import { userName as nameSchema } from "#contracts/people";
import type { RequestError } from "../../api/client.ts";
import { addPasskey, supportsPasskeys } from "../../api/passkeys.ts";
import { useChange, useRoute } from "../../api/queries.ts";
import { Section, Table } from "../../ui/page.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import classes from "./settings.module.css";

type Account = RouteResponse<"ownAccount">;

/** The own passkeys: sign-in by fingerprint, face, PIN or security key. */
export function Passkeys({ passkeys }: { readonly passkeys: Account["passkeys"] }) {
  const remove = useChange("removePasskey");
  // The server knows whether passkeys work under its address.
  const isOffered = useRoute("signInOptions").data?.passkey !== false && supportsPasskeys();
  return (
    <Section title="Passkeys" aside="sign in by fingerprint, face, PIN or security key">
      <Table
        label="Passkeys"
        rows={passkeys}
        keyOf={({ id }) => id}
        empty="No passkeys yet."
        columns={[
          { title: "Name", wide: true, cell: ({ name }) => name },
          { title: "Added", cell: ({ createdAt }) => <Moment iso={createdAt} precision="minute" /> },
          {
            title: "Last used",
            cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? "never" : <Moment iso={lastUsedAt} relative />),
          },
          {
            title: "Remove",
            actions: true,
            cell: ({ id, name }) => (
              <Button
                size="compact-xs"
                variant="default"
                aria-label={`Remove passkey ${name}`}
                loading={remove.isPending && remove.variables.params?.["passkey"] === id}
                onClick={() => remove.mutate({ params: { passkey: id }, body: {} })}
              >
                Remove
              </Button>
            ),
          },
        ]}
      />
      {remove.error !== null && <ErrorState error={remove.error} retry={remove.reset} />}
      {isOffered ? <AddPasskey /> : <PasskeyHint />}
    </Section>
  );
}

/** Browsers have no passkeys for addresses, but for `localhost`, which is the same server. */
function PasskeyHint() {
  const { protocol, hostname, port } = window.location;
  const isAddress = protocol === "http:" && ["127.0.0.1", "[::1]"].includes(hostname);
  const local = `http://localhost${port === "" ? "" : `:${port}`}/settings`;
  return (
    <p className={classes.text}>
      Passkeys work only over https, or on localhost by its name.
      {isAddress && (
        <>
          {" "}
          On this machine open <a href={local}>{local}</a>. You sign in there once more: browsers keep sessions apart by
          host name, so set a password first.
        </>
      )}
    </p>
  );
}

function AddPasskey() {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const add = useMutation<Account, RequestError, string>({
    mutationFn: addPasskey,
    onSuccess: () => {
      setName("");
      return client.invalidateQueries();
    },
  });
  return (
    <>
      <form
        className={classes.form}
        aria-label="Add passkey"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(name.trim());
        }}
      >
        <TextInput
          size="xs"
          className={classes.field}
          label="Name of the new passkey"
          placeholder="Laptop, or security key on the key ring"
          autoComplete="off"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button size="xs" type="submit" loading={add.isPending} disabled={!nameSchema.safeParse(name).success}>
          Add passkey
        </Button>
      </form>
      {add.error !== null && <ErrorState error={add.error} />}
    </>
  );
}
