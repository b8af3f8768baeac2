import { ActionIcon, Button, Menu, SegmentedControl, Tooltip, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconHelp, IconMoon, IconPlugConnectedX, IconSun } from "@tabler/icons-react";
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Navigate, Outlet, useLocation, useNavigate } from "react-router";
import type { RouteResponse } from "#contracts/api";
import { isSignedOut, type RequestError } from "../api/client.ts";
import { useLiveChanges } from "../api/live/live.ts";
import { areReadsPaused, watchReads } from "../api/paused-reads.ts";
import { useRoute } from "../api/queries.ts";
import { type Command, useCommands } from "../keyboard/commands.tsx";
import { KeyboardHelp } from "../keyboard/help.tsx";
import { useRoving } from "../keyboard/roving.ts";
import { signInPath } from "../sign-in/next.ts";
import { useTimeZone } from "../ui/time.tsx";
import { AccountMenu, useSignOut } from "./account-menu.tsx";
import { CredentialPrompt } from "./credential-prompt.tsx";
import { FindBar } from "./find-bar.tsx";
import { Rail, usePlaces } from "./rail.tsx";
import { SessionEnded } from "./session-ended.tsx";
import classes from "./shell.module.css";

/** Interval of the check that the server is reachable and the session valid, in milliseconds. */
const aliveTime = 10_000;

const collapsedKey = "stemma.rail";

/** The shell of every page: navigation, top bar with search and commands, and help. */
export function Shell() {
  const [narrow, setNarrow] = useState(() => localStorage.getItem(collapsedKey) === "narrow");
  const [helpOpen, setHelpOpen] = useState(false);
  const showHelp = useCallback(() => setHelpOpen(true), []);
  const me = useRoute("me", {}, { refresh: aliveTime });
  // Before the session ends: then it can no longer be asked how the person signs in.
  const account = useRoute("ownAccount", {}, { freshFor: 60_000, enabled: me.data !== undefined }).data;
  const signedOut = useSignedOut(me.error);
  const isLeaving = useSyncExternalStore(watchReads, areReadsPaused);
  // At once, before the page has read anything: what is changed after that is not missed.
  useLiveChanges(me.error === null && !isLeaving);
  const { pathname, search, hash } = useLocation();
  const address = `${pathname}${search}${hash}`;
  const findField = useRef<HTMLInputElement>(null);
  useShellCommands(showHelp, findField);
  if (me.data === undefined && signedOut.now) {
    return <Navigate to={signInPath(address)} replace />;
  }

  const toggleRail = () => {
    localStorage.setItem(collapsedKey, narrow ? "wide" : "narrow");
    setNarrow(!narrow);
  };

  return (
    <div className={classes.frame} data-narrow={narrow || undefined}>
      <a className={classes.skip} href="#page">
        Skip to content
      </a>
      <Rail narrow={narrow} toggle={toggleRail} />
      <TopBar me={me.data} showHelp={showHelp} findField={findField} />
      {me.error !== null && (
        <p className={classes.notice} role="alert">
          <IconPlugConnectedX size={16} aria-hidden />
          {absence(me.error)}
          {signedOut.now && !signedOut.asking && (
            <Button size="compact-xs" variant="default" onClick={signedOut.ask}>
              {me.error.details.code === "sign-in.disabled" ? "Why" : "Sign in again"}
            </Button>
          )}
        </p>
      )}
      {me.error === null && <CredentialPrompt account={account} />}
      <main id="page" className={classes.page} tabIndex={-1}>
        <Outlet />
      </main>
      <SessionEnded
        opened={signedOut.asking}
        close={signedOut.dismiss}
        name={me.data?.analyst ?? ""}
        account={account}
        error={me.error}
        address={address}
      />
      <KeyboardHelp opened={helpOpen} close={() => setHelpOpen(false)} />
    </div>
  );
}

/** Whether the session has ended while the app is open, and whether the dialog about it is open. */
function useSignedOut(error: RequestError | null) {
  const now = error !== null && isSignedOut(error);
  const [dismissed, setDismissed] = useState(false);
  useEffect(() => {
    if (!now) {
      setDismissed(false);
    }
  }, [now]);
  return {
    now,
    asking: now && !dismissed,
    dismiss: useCallback(() => setDismissed(true), []),
    ask: useCallback(() => setDismissed(false), []),
  };
}

function useShellCommands(showHelp: () => void, findField: RefObject<HTMLInputElement | null>): void {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  // Mantine recreates this function on every render; commands must be stable.
  const setTheme = useRef(setColorScheme);
  setTheme.current = setColorScheme;
  const { mode, setMode } = useTimeZone();
  const places = usePlaces();
  const signOut = useSignOut();
  const commands = useMemo<readonly Command[]>(
    () => [
      ...places.map((place) => ({
        id: `go${place.path}`,
        title: `Go to ${place.title}`,
        group: "Go",
        keys: [place.keys],
        run: () => void navigate(place.path),
      })),
      { id: "settings", title: "Go to Settings", group: "Go", keys: ["g s"], run: () => void navigate("/settings") },
      {
        id: "find",
        title: "Find anything or run a command",
        group: "General",
        keys: ["/", "mod+k"],
        run: () => {
          // The fields of a dialog keep the focus until it is closed.
          if (document.querySelector("[role=dialog]") === null) {
            findField.current?.focus();
            findField.current?.select();
          }
        },
      },
      { id: "help", title: "Keyboard help", group: "General", keys: ["?"], run: showHelp },
      { id: "theme-light", title: "Light theme", group: "View", run: () => setTheme.current("light") },
      { id: "theme-dark", title: "Dark theme", group: "View", run: () => setTheme.current("dark") },
      { id: "theme-auto", title: "System theme", group: "View", run: () => setTheme.current("auto") },
      {
        id: "time-zone",
        title: "Toggle UTC and local time",
        group: "View",
        keys: ["u"],
        run: () => setMode(mode === "utc" ? "local" : "utc"),
      },
      { id: "sign-out", title: "Sign out", group: "General", run: () => void signOut() },
    ],
    [navigate, mode, setMode, showHelp, findField, places, signOut],
  );
  useCommands(commands);
}

function TopBar({
  me,
  showHelp,
  findField,
}: {
  readonly me: RouteResponse<"me"> | undefined;
  readonly showHelp: () => void;
  readonly findField: RefObject<HTMLInputElement | null>;
}) {
  const { mode, setMode } = useTimeZone();
  const roving = useRoving<HTMLDivElement>();
  return (
    <header className={classes.bar}>
      <FindBar field={findField} person={me?.person ?? me?.analyst ?? ""} />
      <div {...roving} className={classes.right} role="toolbar" aria-label="View and account">
        <SegmentedControl
          size="xs"
          aria-label="Time zone"
          value={mode}
          onChange={(value) => setMode(value === "local" ? "local" : "utc")}
          data={[
            { value: "utc", label: "UTC" },
            { value: "local", label: "Local" },
          ]}
        />
        <ThemeMenu />
        <Tooltip label="Keyboard help" withinPortal={false}>
          <ActionIcon variant="subtle" color="gray" aria-label="Keyboard help" onClick={showHelp}>
            <IconHelp size={18} />
          </ActionIcon>
        </Tooltip>
        <AccountMenu me={me} />
      </div>
    </header>
  );
}

function ThemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Tooltip label="Theme" withinPortal={false}>
          <ActionIcon variant="subtle" color="gray" aria-label="Theme">
            {colorScheme === "dark" ? (
              <IconMoon size={18} />
            ) : colorScheme === "light" ? (
              <IconSun size={18} />
            ) : (
              <IconDeviceDesktop size={18} />
            )}
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconSun size={15} />} onClick={() => setColorScheme("light")}>
          Light
        </Menu.Item>
        <Menu.Item leftSection={<IconMoon size={15} />} onClick={() => setColorScheme("dark")}>
          Dark
        </Menu.Item>
        <Menu.Item leftSection={<IconDeviceDesktop size={15} />} onClick={() => setColorScheme("auto")}>
          System
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Why the shown data may be outdated, and what to do. */
function absence({ details }: RequestError): string {
  const old = "The data shown may be outdated, and changes are not saved";
  switch (details.status) {
    case 401:
      return `${details.code === "sign-in.disabled" ? "Your account was disabled" : "You are signed out"}. ${old}.`;
    case 0:
      return `Server not reachable. ${old}. Retrying…`;
    default:
      return `Server error: ${(details.detail ?? details.title).replace(/\.$/, "")}. ${old}. Retrying…`;
  }
}
