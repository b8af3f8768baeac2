import { Modal } from "@mantine/core";
import { keyCaps, useAllCommands } from "./commands.tsx";
import classes from "./help.module.css";

/** The keys of all registered commands, by group. */
export function KeyboardHelp({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const commands = useAllCommands().filter((command) => command.keys !== undefined && command.keys.length > 0);
  const groups = Map.groupBy(commands, (command) => command.group);
  return (
    <Modal opened={opened} onClose={close} title="Keyboard" size="xl">
      <div className={classes.groups}>
        {[...groups].map(([group, members]) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {members.map((command) => (
                <div key={command.id} className={classes.row}>
                  <dt>{command.title}</dt>
                  <dd>
                    {command.keys?.map((keys) => (
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
        ))}
      </div>
    </Modal>
  );
}
