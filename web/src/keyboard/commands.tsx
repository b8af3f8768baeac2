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
 * An action of the page. Key handling, palette and help derive from the same records, so they always agree. `keys` are
 * written as typed: "mod+k", "?", "j", or "g q" for two keys in sequence.
 */
export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly keys?: readonly string[];
  /** Keys that the focused element handles by itself: listed like the others, and free elsewhere. */
  readonly ownKeys?: readonly string[];
  readonly run: () => void;
  /** Why the command cannot run now, shown in the palette. */
  readonly disabled?: string;
}

interface Registry {
  readonly register: (owner: symbol, commands: readonly Command[]) => void;
  readonly remove: (owner: symbol) => void;
}

// Two contexts: components that register commands must not render again when the list changes, or they would do so
// forever.
const RegistryContext = createContext<Registry | undefined>(undefined);
const CommandsContext = createContext<readonly Command[]>([]);

/** Milliseconds within which the second key of a sequence must follow. */
const sequenceTime = 900;
/** Milliseconds that a command waits when its key also starts sequences (`g` and `g q`). */
const sequencePause = 350;

const inputsWithoutText = ["checkbox", "radio", "button"];

/** Whether keys are text input here. A checkbox has the focus after a click, but accepts no text. */
function isTyping(target: EventTarget | null): boolean {
  return (
    (target instanceof HTMLInputElement && !inputsWithoutText.includes(target.type)) ||
    (target instanceof HTMLElement && (target.isContentEditable || ["TEXTAREA", "SELECT"].includes(target.tagName)))
  );
}

/** Whether the focused element handles a key itself: Enter presses a focused button and runs no command. */
function isOwnKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) {
    return false;
  }
  return target instanceof HTMLInputElement
    ? [" ", "enter", "up", "down", "left", "right"].includes(key)
    : [" ", "enter"].includes(key) && target.closest("a, button, summary") !== null;
}

function keyName(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key.toLowerCase().replace("arrow", "");
  const modifier = event.ctrlKey || event.metaKey ? "mod+" : "";
  const alt = event.altKey ? "alt+" : "";
  return `${modifier}${alt}${key}`;
}

export function CommandProvider({ children }: { readonly children: ReactNode }) {
  const [commands, setCommands] = useState<readonly Command[]>([]);
  // Key handling reads the ref, which is current at once; the rendered list may lag behind.
  const owners = useRef(new Map<symbol, readonly Command[]>());
  const latest = useRef<readonly Command[]>([]);
  const update = useCallback(() => {
    latest.current = [...owners.current.values()].flat();
    setCommands(latest.current);
  }, []);
  const register = useCallback(
    (owner: symbol, registered: readonly Command[]) => {
      owners.current.set(owner, registered);
      update();
    },
    [update],
  );
  const remove = useCallback(
    (owner: symbol) => {
      owners.current.delete(owner);
      update();
    },
    [update],
  );

  useEffect(() => {
    let first: { readonly key: string; readonly at: number } | undefined;
    let pending: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent) => {
      const key = keyName(event);
      if (event.defaultPrevented || ["shift", "control", "meta", "alt"].includes(event.key.toLowerCase())) {
        return;
      }
      const dialogOpen = document.querySelector("[role=dialog]") !== null;
      if ((isTyping(event.target) || isOwnKey(event.target, key) || dialogOpen) && !key.startsWith("mod+")) {
        return;
      }
      const sequence =
        first !== undefined && event.timeStamp - first.at < sequenceTime ? `${first.key} ${key}` : undefined;
      // The latest registration wins, so that a pane can override a key of its page.
      const find = (wanted: string) => latest.current.findLast((command) => command.keys?.includes(wanted));
      const ofSequence = sequence === undefined ? undefined : find(sequence);
      const command = ofSequence ?? find(key);
      const startsSequence =
        ofSequence === undefined &&
        latest.current.some((other) => other.keys?.some((keys) => keys.startsWith(`${key} `)) === true);
      clearTimeout(pending);
      first = { key, at: event.timeStamp };
      if (command !== undefined && command.disabled === undefined) {
        event.preventDefault();
        if (startsSequence) {
          pending = setTimeout(command.run, sequencePause);
        } else {
          first = undefined;
          command.run();
        }
      }
    };
    window.addEventListener("keydown", onKey);
    return () => {
      clearTimeout(pending);
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

/** Registers commands while the component is mounted. The list must be stable (`useMemo`). */
export function useCommands(commands: readonly Command[]): void {
  const { register, remove } = useRegistry();
  const [owner] = useState(() => Symbol("commands"));
  // A layout effect runs before the next key event: a fast second `j` must start where the first one ended.
  useLayoutEffect(() => {
    register(owner, commands);
  }, [owner, commands, register]);
  useLayoutEffect(() => () => remove(owner), [owner, remove]);
}

/** Every registered command, the latest of each id. */
export function useAllCommands(): readonly Command[] {
  const commands = useContext(CommandsContext);
  return useMemo(() => [...new Map(commands.map((command) => [command.id, command])).values()], [commands]);
}

const keyLabels: Readonly<Record<string, string>> = {
  mod: /Mac|iPhone/.test(navigator.platform) ? "⌘" : "Ctrl",
  enter: "Enter",
  escape: "Esc",
  up: "↑",
  down: "↓",
  left: "←",
  right: "→",
  home: "Home",
  end: "End",
  " ": "Space",
};

/** The keys of a command as labels: `["Ctrl", "K"]` for "mod+k". */
export function keyCaps(keys: string): readonly string[] {
  // A space separates the keys of a sequence; the space bar is a single space.
  return (keys === " " ? [keys] : keys.split(/[+ ]/)).map((key) => keyLabels[key] ?? key.toUpperCase());
}
