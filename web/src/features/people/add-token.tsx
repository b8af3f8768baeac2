import { Button, Checkbox, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { RouteResponse } from "#contracts/api";
import { userName as nameSchema } from "#contracts/people";
import { type TokenScope, tokenScope } from "#contracts/roles";
import { useChange } from "../../api/queries.ts";
import { VisibleText } from "../../ui/command-line.tsx";
import { InlineCode } from "../../ui/inline-code.tsx";
import { OneTimeSecret } from "../../ui/one-time-secret.tsx";
import { scopeLabels } from "../../ui/roles.ts";
import { Moment } from "../../ui/time.tsx";
import { DialogEnd } from "./dialog-end.tsx";
import classes from "./people.module.css";

/** How long a token is valid, in days. */
const lifetimes = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "never", label: "Until it is revoked" },
];

/** Creates a service token; then shows its secret. */
export function AddTokenDialog({ close }: { readonly close: () => void }) {
  const add = useChange("addServiceToken");
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly TokenScope[]>([]);
  const [days, setDays] = useState("90");
  if (add.data !== undefined) {
    return <SecretView created={add.data} close={close} />;
  }
  const checked = nameSchema.safeParse(name);
  return (
    <Modal opened onClose={close} title="Create service token" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate({
            body: { name: name.trim(), scopes: [...scopes], days: days === "never" ? undefined : Number(days) },
          });
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            description="What uses it: history and audit trail show this name"
            required
            data-autofocus
            autoComplete="off"
            maxLength={100}
            placeholder="Assistant of the night shift"
            error={name === "" || checked.success ? undefined : checked.error.issues[0]?.message}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Checkbox.Group
            label="Scopes"
            description="As few as it needs"
            value={[...scopes]}
            onChange={(values) => setScopes(values.map((value) => tokenScope.parse(value)))}
          >
            <Stack gap={8} mt={6}>
              {tokenScope.options.map((scope) => (
                <Checkbox
                  key={scope}
                  size="sm"
                  value={scope}
                  label={scopeLabels[scope].label}
                  description={scopeLabels[scope].about}
                />
              ))}
            </Stack>
          </Checkbox.Group>
          <Select
            label="Valid for"
            allowDeselect={false}
            // Inside the dialog, which keeps the focus.
            comboboxProps={{ withinPortal: false }}
            data={lifetimes}
            value={days}
            onChange={(value) => value !== null && setDays(value)}
          />
          <DialogEnd error={add.error} close={close}>
            <Button
              size="xs"
              type="submit"
              loading={add.isPending}
              disabled={!checked.success || scopes.length === 0}
              title={scopes.length === 0 ? "Choose at least one scope" : undefined}
            >
              Create and show secret
            </Button>
          </DialogEnd>
        </Stack>
      </form>
    </Modal>
  );
}

/** The secret is shown once: the dialog closes by its button only. */
function SecretView({
  created: { token, secret },
  close,
}: {
  readonly created: RouteResponse<"addServiceToken">;
  readonly close: () => void;
}) {
  return (
    <Modal
      opened
      onClose={close}
      title={
        <>
          Secret of <VisibleText text={token.name} />
        </>
      }
      size="lg"
      closeOnEscape={false}
      closeOnClickOutside={false}
      withCloseButton={false}
    >
      <Stack gap="sm">
        <OneTimeSecret label="Secret of the token" secret={secret}>
          <p>The secret is shown only now: the server does not store it.</p>
          <p>
            {token.expiresAt === undefined ? (
              "It is valid until it is revoked."
            ) : (
              <>
                It is valid until <Moment iso={token.expiresAt} precision="minute" />.
              </>
            )}
          </p>
        </OneTimeSecret>
        <p className={classes.text}>
          Send it with every request: <code>Authorization: Bearer {token.prefix}…</code>
        </p>
        {token.scopes.some((scope) => scope !== "intake") && (
          <p className={classes.text}>
            <InlineCode text="An assistant starts `node /opt/stemma/server/stemma.js mcp` with it as `STEMMA_TOKEN`; the path is that of the checkout. See `docs/mcp.md`." />
          </p>
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
