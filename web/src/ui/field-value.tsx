import { Menu } from "@mantine/core";
import { IconCopy, IconFilter, IconFilterOff, IconPin, IconRoute, IconShieldPlus } from "@tabler/icons-react";
import { createContext, type ReactNode, useContext } from "react";
import { useNavigate } from "react-router";
import { valueMenuKey } from "../keyboard/element-keys.ts";
import { VisibleText } from "./command-line.tsx";
import { copyText } from "./copy.ts";
import classes from "./field-value.module.css";
import { eqlText, huntPath } from "./hunt-path.ts";

/** Actions that the surrounding page offers for a value; missing ones are not shown. */
export interface FieldActions {
  readonly pin?: (field: string, value: string) => void;
  readonly addToException?: (field: string, value: string) => void;
  readonly filterFor?: (field: string, value: string) => void;
  readonly filterOut?: (field: string, value: string) => void;
}

const FieldActionsContext = createContext<FieldActions>({});
export const FieldActionsProvider = FieldActionsContext.Provider;

/** Pins something else for the values inside: they are values of another record, and no fields of the alert. */
export function PinInstead({ pin, children }: { readonly pin: () => void; readonly children: ReactNode }) {
  const actions = useContext(FieldActionsContext);
  return (
    <FieldActionsProvider value={actions.pin === undefined ? actions : { ...actions, pin }}>
      {children}
    </FieldActionsProvider>
  );
}

/** The page of a field value, if there is one. */
export function pivotPath(
  field: string,
  value: string,
  context: { readonly domain?: string } = {},
): string | undefined {
  if (field === "host.name" || field === "host.hostname") {
    return `/hosts/${encodeURIComponent(value.toLowerCase())}`;
  }
  if (field === "user.name" || field === "user.effective.name") {
    return `/users/${encodeURIComponent((context.domain === undefined ? value : `${context.domain}\\${value}`).toLowerCase())}`;
  }
  return undefined;
}

/** A field value with the same menu everywhere (click, Enter or `.`). */
export function FieldValue({
  field,
  value,
  domain,
  code = true,
  shown = value,
  title = field,
}: {
  readonly field: string;
  readonly value: string;
  readonly domain?: string;
  readonly code?: boolean;
  /** A shortened form of the value. */
  readonly shown?: string;
  /** Text on hover; the name of the field if absent. */
  readonly title?: string;
}) {
  const actions = useContext(FieldActionsContext);
  const navigate = useNavigate();
  const pivot = pivotPath(field, value, { domain });
  return (
    <Menu position="bottom-start" shadow="md" withinPortal>
      <Menu.Target>
        <button
          type="button"
          className={`${classes.value} ${code ? "code" : ""}`}
          title={title}
          onKeyDown={(event) => {
            if (event.key === valueMenuKey) {
              event.currentTarget.click();
            }
          }}
        >
          <VisibleText text={shown} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <code>{field}</code>
        </Menu.Label>
        {pivot !== undefined && (
          <Menu.Item leftSection={<IconRoute size={14} />} onClick={() => void navigate(pivot)}>
            Open page
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconFilter size={14} />}
          onClick={() =>
            (actions.filterFor ?? ((f, v) => void navigate(huntPath(`any where ${f} : ${eqlText(v)}`))))(field, value)
          }
        >
          Filter for this value
        </Menu.Item>
        <Menu.Item
          leftSection={<IconFilterOff size={14} />}
          onClick={() =>
            (actions.filterOut ?? ((f, v) => void navigate(huntPath(`any where not ${f} : ${eqlText(v)}`))))(
              field,
              value,
            )
          }
        >
          Filter out this value
        </Menu.Item>
        {actions.pin !== undefined && (
          <Menu.Item leftSection={<IconPin size={14} />} onClick={() => actions.pin?.(field, value)}>
            Pin as evidence
          </Menu.Item>
        )}
        {actions.addToException !== undefined && (
          <Menu.Item leftSection={<IconShieldPlus size={14} />} onClick={() => actions.addToException?.(field, value)}>
            Add to exception
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconCopy size={14} />} onClick={() => void copyText(value)}>
          Copy
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
