import { Modal } from "@mantine/core";
import { keyCaps, useAllCommands } from "./commands.tsx";
import { elementKeys } from "./element-keys.ts";
import classes from "./help.module.css";

/** The keys of all registered commands, by group, and those of the element that has the focus. */
export function KeyboardHelp({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const commands = useAllCommands()
    .map((command) => ({ ...command, keys: command.keys ?? command.ownKeys ?? [] }))
    .filter(({ keys }) => keys.length > 0);
  const groups = Map.groupBy(commands, (command) => command.group);
  return (
    <Modal opened={opened} onClose={close} title="Keyboard" size="xl">
      <div className={classes.groups}>
        {[...groups].map(([group, members]) => (
          <Group key={group} title={group} members={members} />
        ))}
        <Group title="Where the focus is" members={elementKeys} />
      </div>
    </Modal>
  );
}

function Group({
  title,
  members,
}: {
  readonly title: string;
  readonly members: readonly { readonly title: string; readonly keys?: readonly string[] }[];
}) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {members.map((member) => (
          <div key={member.title} className={classes.row}>
            <dt>{member.title}</dt>
            <dd>
              {member.keys?.map((keys) => (
                <span key={keys}>
                  {keyCaps(keys).map((cap) => (
                    <kbd key={cap}>{cap}</kbd>
                  ))}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
