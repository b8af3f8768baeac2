import { Button, Group, Modal, Stack } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { ServiceToken } from "#contracts/people";
import { useChange, useWholeList } from "../../api/queries.ts";
import { type Command, useCommands } from "../../keyboard/commands.tsx";
import { VisibleText } from "../../ui/command-line.tsx";
import { Table } from "../../ui/page.tsx";
import { scopeLabels } from "../../ui/roles.ts";
import { EmptyState, ErrorState, Loaded } from "../../ui/state.tsx";
import { Moment } from "../../ui/time.tsx";
import { AddTokenDialog } from "./add-token.tsx";
import classes from "./people.module.css";
import { TokenStateMark, tokenState } from "./state-marks.tsx";

/** Access for programs: each with its scopes, last use, and a way to revoke it. */
export function ServiceTokens() {
  const tokens = useWholeList("serviceTokens", { fallback: 15_000 });
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<ServiceToken>();
  useCommands(
    useMemo<readonly Command[]>(
      () => [
        {
          id: "tokens-add",
          title: "Create service token…",
          group: "Service tokens",
          keys: ["n"],
          run: () => setAdding(true),
        },
      ],
      [],
    ),
  );
  const create = (
    <Button
      size="xs"
      leftSection={<IconPlus size={14} aria-hidden />}
      onClick={() => setAdding(true)}
      title="Create service token (N)"
    >
      Create service token…
    </Button>
  );
  return (
    <>
      <Loaded query={tokens} label="Loading service tokens">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No service tokens"
              reason="A service token gives a program access of its own, which can be revoked alone: an assistant that reads and proposes, or a script that exports alerts."
              action={create}
            />
          ) : (
            <>
              <div className={classes.controls}>
                <p className={classes.about}>
                  Access for programs, which send the secret as <code>Authorization: Bearer …</code>
                </p>
                {create}
              </div>
              <TokenTable items={items} revoke={setRevoking} />
            </>
          )
        }
      </Loaded>
      {adding && <AddTokenDialog close={() => setAdding(false)} />}
      {revoking !== undefined && <RevokeDialog token={revoking} close={() => setRevoking(undefined)} />}
    </>
  );
}

function TokenTable({
  items,
  revoke,
}: {
  readonly items: readonly ServiceToken[];
  readonly revoke: (token: ServiceToken) => void;
}) {
  const now = Date.now();
  return (
    <Table
      label="Service tokens"
      rows={items}
      total={items.length}
      first={100}
      keyOf={({ id }) => id}
      empty="No service tokens."
      columns={[
        {
          title: "Name",
          wide: true,
          cell: ({ name, prefix }) => (
            <>
              <span className={classes.name}>
                <VisibleText text={name} />
              </span>
              <span className={classes.userName} title="The first characters of the secret">
                <code>{prefix}…</code>
              </span>
            </>
          ),
        },
        {
          title: "State",
          cell: (token) => (
            <>
              <TokenStateMark state={tokenState(token, now)} />
              {token.revokedAt !== undefined && (
                <span className={classes.userName}>
                  <Moment iso={token.revokedAt} precision="minute" />
                </span>
              )}
            </>
          ),
        },
        { title: "Scopes", cell: ({ scopes }) => scopes.map((scope) => scopeLabels[scope].label).join(", ") },
        {
          title: "Last used",
          cell: ({ lastUsedAt, lastUsedFrom }) =>
            lastUsedAt === undefined ? (
              "never"
            ) : (
              <>
                <Moment iso={lastUsedAt} relative />
                {lastUsedFrom !== undefined && (
                  <span className={classes.userName}>
                    from <code>{lastUsedFrom}</code>
                  </span>
                )}
              </>
            ),
        },
        {
          title: "Expires",
          cell: ({ expiresAt }) => (expiresAt === undefined ? "never" : <Moment iso={expiresAt} precision="minute" />),
        },
        {
          title: "Created",
          secondary: true,
          cell: ({ createdAt, createdBy }) => (
            <>
              <Moment iso={createdAt} precision="minute" /> by <VisibleText text={createdBy} />
            </>
          ),
        },
        {
          title: "Revoke",
          actions: true,
          cell: (token) =>
            token.revokedAt === undefined && (
              <Button
                size="compact-xs"
                variant="default"
                aria-label={`Revoke ${token.name}`}
                onClick={() => revoke(token)}
              >
                Revoke…
              </Button>
            ),
        },
      ]}
    />
  );
}

function RevokeDialog({ token, close }: { readonly token: ServiceToken; readonly close: () => void }) {
  const revoke = useChange("revokeServiceToken");
  return (
    <Modal opened onClose={close} title={`Revoke ${token.name}`} size="md">
      <Stack gap="sm">
        <p className={classes.text}>
          Whatever uses this token is refused from now on. A revoked token cannot be restored.
        </p>
        {revoke.error !== null && (
          <div className={classes.problem}>
            <ErrorState error={revoke.error} />
          </div>
        )}
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={close} data-autofocus>
            Cancel
          </Button>
          <Button
            size="xs"
            color="red"
            loading={revoke.isPending}
            onClick={() => revoke.mutate({ params: { id: token.id }, body: {} }, { onSuccess: close })}
          >
            Revoke
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
