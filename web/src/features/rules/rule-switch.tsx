import { Switch } from "@mantine/core";
import { useState } from "react";
import { useChange } from "../../api/queries.ts";
import { useSeen } from "../../api/use-seen.ts";
import { NoteDialog } from "../../ui/note-dialog.tsx";

/** Turns a rule on or off, with a note; for those who may not, only which of them it is. */
export function RuleSwitch({
  rule,
  size,
  label,
  name,
  denial,
}: {
  readonly rule: { readonly id: string; readonly name: string; readonly enabled: boolean };
  readonly size: "xs" | "sm";
  /** Visible text; without it the switch stands alone. */
  readonly label?: string;
  /** What the switch is called for those who do not see it. */
  readonly name: string;
  /** Why the person may not switch it. */
  readonly denial: string | undefined;
}) {
  const [asking, setAsking] = useState<boolean>();
  if (denial !== undefined) {
    return <span title={denial}>{rule.enabled ? "on" : "off"}</span>;
  }
  return (
    <>
      <Switch
        size={size}
        label={label}
        aria-label={name}
        checked={rule.enabled}
        onChange={() => setAsking(!rule.enabled)}
      />
      {asking !== undefined && <SwitchDialog rule={rule} enabled={asking} close={() => setAsking(undefined)} />}
    </>
  );
}

/** `enabled` is what was asked for when it opened: somebody else may switch the rule behind it. */
function SwitchDialog({
  rule: { id, name },
  enabled,
  close,
}: {
  readonly rule: { readonly id: string; readonly name: string };
  readonly enabled: boolean;
  readonly close: () => void;
}) {
  const enable = useChange("setRuleEnabled");
  const params = { id };
  const { seen, again } = useSeen({ name: "rule", params });
  return (
    <NoteDialog
      title={`${enabled ? "Enable" : "Disable"} ${name}`}
      action={enabled ? "Enable" : "Disable"}
      description={
        enabled
          ? "The rule raises alerts from the next ingest on."
          : "The rule raises no alerts until it is enabled again. Stored alerts stay."
      }
      danger={!enabled}
      pending={enable.isPending}
      error={enable.error}
      close={close}
      confirm={(note) => enable.mutate({ params, body: { enabled, note }, seen }, { onSuccess: close, onError: again })}
    />
  );
}
