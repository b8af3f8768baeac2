import { Menu } from "@mantine/core";
import { IconBook2, IconChevronDown, IconRestore } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { PlaybookView } from "#contracts/playbook";
import { useChange, useWholeList } from "../../../api/queries.ts";
import { VisibleText } from "../../../ui/command-line.tsx";
import { originWords, playbookPath, reasonWords } from "../../../ui/playbook-words.ts";
import { showRefusal } from "../../../ui/refusal.ts";
import classes from "./playbook-switch.module.css";
import type { PlaybookState } from "./use-playbook.ts";

/** Which playbook the alert has and why, and others to work through instead. */
export function PlaybookSwitch({ playbook, view }: { readonly playbook: PlaybookState; readonly view: PlaybookView }) {
  const [open, setOpen] = useState(false);
  const change = useChange("choosePlaybook");
  const choose = (id: string | undefined) =>
    change.mutate(
      {
        params: { id: playbook.alertId },
        body: { playbook: id, scope: "rule" },
        seen: { name: "playbook", params: { id: playbook.alertId } },
      },
      { onError: (error) => showRefusal("The playbook was not changed", error) },
    );
  return (
    <Menu position="bottom-end" shadow="md" width={340} opened={open} onChange={setOpen}>
      <Menu.Target>
        <button type="button" className={classes.target} aria-label={`Playbook: ${view.title}`}>
          <span className={classes.name}>
            <VisibleText text={view.title} />
          </span>
          <IconChevronDown size={12} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah="60vh" style={{ overflow: "auto" }}>
        <div className={classes.about}>
          <p>
            <strong>
              <VisibleText text={view.title} />
            </strong>
          </p>
          <p>
            <VisibleText text={`${originWords(view.origin)}, ${reasonWords(view.because)} · version ${view.version}`} />
          </p>
        </div>
        <Menu.Item component={Link} to={playbookPath(view.id)} leftSection={<IconBook2 size={15} aria-hidden />}>
          Read the playbook
        </Menu.Item>
        {playbook.denial === undefined && (
          <>
            {view.because.kind === "chosen" && (
              <Menu.Item leftSection={<IconRestore size={15} aria-hidden />} onClick={() => choose(undefined)}>
                Let the rule decide again
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Label>Use another one for the alerts of this rule here</Menu.Label>
            {view.alternatives.map(({ id, title, because }) => (
              <Menu.Item key={id} onClick={() => choose(id)}>
                <VisibleText text={title} />
                <span className={classes.because}>{reasonWords(because)}</span>
              </Menu.Item>
            ))}
            {open && <Others view={view} choose={choose} />}
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Playbooks that do not fit the alert: somebody may know better. */
function Others({ view, choose }: { readonly view: PlaybookView; readonly choose: (id: string) => void }) {
  const { data } = useWholeList("playbooks");
  const known = new Set([view.id, ...view.alternatives.map(({ id }) => id)]);
  return (data?.items ?? [])
    .filter(({ id }) => !known.has(id))
    .map(({ id, title }) => (
      <Menu.Item key={id} onClick={() => choose(id)}>
        <VisibleText text={title} />
      </Menu.Item>
    ));
}
