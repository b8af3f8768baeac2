import type { ExceptionRecord } from "#contracts/exception";
import { useChange } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { NoteDialog } from "../../ui/note-dialog.tsx";

/** What can be done to a saved exception with a reason. */
export const changes = {
  disable: {
    route: "disableException",
    title: "Disable exception",
    action: "Disable",
    description:
      "Matching alerts will be raised again. Alerts closed by the exception stay closed until you give them back.",
    danger: true,
  },
  enable: {
    route: "enableException",
    title: "Enable exception",
    action: "Enable",
    description: "It is in force again as it was, without another dry run. Open alerts stay open.",
    danger: false,
  },
  delete: {
    route: "deleteException",
    title: "Delete exception",
    action: "Delete",
    description: "It leaves the list and is no longer in force. Its history, and what it hid, stay on this page.",
    danger: true,
  },
} as const;
export type ChangeKind = keyof typeof changes;

/** Asks for the reason, and refuses if somebody else has changed the exception meanwhile. */
export function ChangeDialog({
  kind,
  record: { id },
  close,
}: {
  readonly kind: ChangeKind;
  readonly record: ExceptionRecord;
  readonly close: () => void;
}) {
  const { route, ...words } = changes[kind];
  const change = useChange(route);
  const { seen, again } = useSeen({ name: "exception", params: { id } });
  return (
    <NoteDialog
      {...words}
      label="Reason"
      pending={change.isPending}
      error={change.error}
      close={close}
      confirm={(reason) =>
        change.mutate({ params: { id }, body: { reason }, seen }, { onSuccess: close, onError: again })
      }
    />
  );
}
