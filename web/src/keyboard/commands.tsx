import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";

/**
 * Something a person can do. Palette, help and key handling read the same records, so none of them can forget one. `keys`
 * are read as typed: "mod+k", "shift+/", "g q" (one after the other), "j".
 */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly keys?: readonly string[];
  readonly run: () => void;
  /** Said in help and palette when the command cannot run now. */
  readonly disabled?: string;
}

interface Registry {
  readonly register: (owner: symbol, commands: readonly Command[]) => void;
  readonly remove: (owner: symbol) => void;
}

// Two contexts: who offers commands is not drawn again when the list changes, else offering would never come to rest.
const RegistryContext = createContext<Registry | undefined>(undefined);
const CommandsContext = createContext<readonly Command[]>([]);

/** Milliseconds within which the second key of a pair must follow. */
const pairTime = 900;
/** Milliseconds that a key waits for a second one when it is both a command and the first key of pairs (`g`, `g q`). */
const pairPause = 350;

const switches = ["checkbox", "radio", "button"];

/** Whether keys are text here. A checkbox has the focus after a click, too, and takes no text. */
function isTyping(target: EventTarget | null): boolean {
  return (
    (target instanceof HTMLInputElement && !switches.includes(target.type)) ||
    (target instanceof HTMLElement && (target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName)))
  );
}

/** Whether the focused element has its own use for a key: Enter presses the button that is focused, not the page's command. */
function isOwnKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  return target instanceof HTMLInputElement
    ? [" ", "enter", "up", "down", "left", "right"].includes(key)
    : [" ", "enter"].includes(key) && target.closest("a, button, summary") !== null;
}

function spelled(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key.toLowerCase().replace("arrow", "");
  const modifier = event.ctrlKey || event.metaKey ? "mod+" : "";
  const alt = event.altKey ? "alt+" : "";
  return `${modifier}${alt}${key}`;
}

export function CommandProvider({ children }: { readonly children: ReactNode }) {
  const [commands, setCommands] = useState<readonly Command[]>([]);
  // Keys read the map, which is up to date at once; what is drawn may come a moment later.
  const owners = useRef(new Map<symbol, readonly Command[]>());
  const latest = useRef<readonly Command[]>([]);
  const changed = useCallback(() => {
    latest.current = [...owners.current.values()].flat();
    setCommands(latest.current);
  }, []);
  const register = useCallback(
    (owner: symbol, offered: readonly Command[]) => {
      owners.current.set(owner, offered);
      changed();
    },
    [changed],
  );
  const remove = useCallback(
    (owner: symbol) => {
      owners.current.delete(owner);
      changed();
    },
    [changed],
  );

  useEffect(() => {
    let first: { readonly key: string; readonly at: number } | undefined;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      const key = spelled(event);
      if (event.defaultPrevented || ["shift", "control", "meta", "alt"].includes(event.key.toLowerCase())) {
        return;
      }
      const dialogOpen = document.querySelector("[role=dialog]") !== null;
      if ((isTyping(event.target) || isOwnKey(event.target, key) || dialogOpen) && !key.startsWith("mod+")) {
        return;
      }
      const pair = first !== undefined && event.timeStamp - first.at < pairTime ? `${first.key} ${key}` : undefined;
      // The newest registration wins: a pane may take a key over from its page.
      const find = (wanted: string) => latest.current.findLast((command) => command.keys?.includes(wanted));
      const paired = pair === undefined ? undefined : find(pair);
      const command = paired ?? find(key);
      const opensPair =
        paired === undefined &&
        latest.current.some((other) => other.keys?.some((keys) => keys.startsWith(`${key} `)) === true);
      clearTimeout(waiting);
      first = { key, at: event.timeStamp };
      if (command !== undefined && command.disabled === undefined) {
        event.preventDefault();
        if (opensPair) {
          waiting = setTimeout(command.run, pairPause);
        } else {
          first = undefined;
          command.run();
        }
      }
    };
    window.addEventListener("keydown", onKey);
    return () => {
      clearTimeout(waiting);
      window.removeEventListener("keydown", onKey);
    };
  }, []);

  const registry = useMemo(() => ({ register, remove }), [register, remove]);
  return (
    <RegistryContext.Provider value={registry}>
      <CommandsContext.Provider value={commands}>{children}</CommandsContext.Provider>
    </RegistryContext.Provider>
  );
}

function useRegistry(): Registry {
  const registry = useContext(RegistryContext);
  if (registry === undefined) {
    throw new Error("CommandProvider is missing");
  }
  return registry;
}

/** Offers commands for as long as the component is shown. The list must be stable (`useMemo`) or made of stable parts. */
export function useCommands(commands: readonly Command[]): void {
  const { register, remove } = useRegistry();
  const [owner] = useState(() => Symbol("commands"));
  // Before the next key can come: a fast second `j` must start from where the first one led.
  useLayoutEffect(() => {
    register(owner, commands);
  }, [owner, commands, register]);
  useLayoutEffect(() => () => remove(owner), [owner, remove]);
}

/** Every command on offer now, the newest of each id. */
export function useAllCommands(): readonly Command[] {
  const commands = useContext(CommandsContext);
  return useMemo(() => [...new Map(commands.map((command) => [command.id, command])).values()], [commands]);
}

const names: Readonly<Record<string, string>> = {
  mod: /Mac|iPhone/.test(navigator.platform) ? "⌘" : "Ctrl",
  enter: "Enter",
  escape: "Esc",
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
  " ": "Space",
};

/** "mod+k" for people: `["Ctrl", "K"]`. */
export function keyCaps(keys: string): readonly string[] {
  // A space between keys parts them; the space bar is written as one space alone.
  return (keys === " " ? [keys] : keys.split(/[+ ]/)).map((key) => names[key] ?? key.toUpperCase());
}
