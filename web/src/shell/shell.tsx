import { ActionIcon, Menu, SegmentedControl, Tooltip, useMantineColorScheme } from "@mantine/core";
import { Spotlight, spotlight } from "@mantine/spotlight";
import {
  IconBook2,
  IconBug,
  IconDatabaseImport,
  IconDeviceDesktop,
  IconHelp,
  IconHistory,
  IconInbox,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconMoon,
  IconPlugConnectedX,
  IconSearch,
  IconServer2,
  IconShieldOff,
  IconSun,
  IconTelescope,
  IconUsers,
} from "@tabler/icons-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { NavLink, Outlet, useNavigate } from "react-router";
import type { RouteResponse } from "#contracts/api";
import type { RequestError } from "../api/client.ts";
import { useRoute } from "../api/queries.ts";
import { type Command, keyCaps, useAllCommands, useCommands } from "../keyboard/commands.tsx";
import { KeyboardHelp } from "../keyboard/help.tsx";
import { useTimeZone } from "../ui/time.tsx";
import classes from "./shell.module.css";

const places = [
  { path: "/queue", title: "Queue", icon: IconInbox, keys: "g q" },
  { path: "/hunt", title: "Hunt", icon: IconTelescope, keys: "g h" },
  { path: "/hosts", title: "Hosts", icon: IconServer2, keys: "g o" },
  { path: "/users", title: "Users", icon: IconUsers, keys: "g u" },
  { path: "/rules", title: "Rules", icon: IconBug, keys: "g r" },
  { path: "/exceptions", title: "Exceptions", icon: IconShieldOff, keys: "g e" },
  { path: "/playbooks", title: "Playbooks", icon: IconBook2, keys: "g p" },
  { path: "/ingest", title: "Ingest", icon: IconDatabaseImport, keys: "g i" },
  { path: "/audit", title: "Audit", icon: IconHistory, keys: "g a" },
] as const;

/** Interval of the check that the server is reachable and the session valid, in milliseconds. */
const aliveTime = 10_000;

const collapsedKey = "stemma.rail";

/** The shell of every page: navigation, top bar, command palette and help. */
export function Shell() {
  const [narrow, setNarrow] = useState(() => localStorage.getItem(collapsedKey) === "narrow");
  const [helpOpen, setHelpOpen] = useState(false);
  const showHelp = useCallback(() => setHelpOpen(true), []);
  const me = useRoute("me", {}, { refresh: aliveTime });
  useShellCommands(showHelp);

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
      <TopBar me={me.data} showHelp={showHelp} />
      {me.error !== null && (
        <p className={classes.notice} role="alert">
          <IconPlugConnectedX size={16} aria-hidden />
          {absence(me.error)}
        </p>
      )}
      <main id="page" className={classes.page} tabIndex={-1}>
        <Outlet />
      </main>
      <Palette />
      <KeyboardHelp opened={helpOpen} close={() => setHelpOpen(false)} />
    </div>
  );
}

function useShellCommands(showHelp: () => void): void {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  // Mantine recreates this function on every render; commands must be stable.
  const setTheme = useRef(setColorScheme);
  setTheme.current = setColorScheme;
  const { mode, setMode } = useTimeZone();
  const commands = useMemo<readonly Command[]>(
    () => [
      ...places.map((place) => ({
        id: `go${place.path}`,
        title: `Go to ${place.title}`,
        group: "Go",
        keys: [place.keys],
        run: () => void navigate(place.path),
      })),
      { id: "palette", title: "Command palette", group: "General", keys: ["mod+k"], run: () => spotlight.open() },
      { id: "help", title: "Keyboard help", group: "General", keys: ["?"], run: showHelp },
      {
        id: "search",
        title: "Search events",
        group: "General",
        keys: ["/"],
        run: () => void navigate("/hunt"),
      },
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
    ],
    [navigate, mode, setMode, showHelp],
  );
  useCommands(commands);
}

function Rail({ narrow, toggle }: { readonly narrow: boolean; readonly toggle: () => void }) {
  return (
    <nav className={classes.rail} aria-label="Main">
      <NavLink to="/queue" className={classes.brand} aria-label="Stemma, go to queue">
        <img src="/icon.svg" alt="" width={24} height={24} />
        <span className={classes.word}>Stemma</span>
      </NavLink>
      {places.map(({ path, title, icon: Icon }) => (
        <NavLink key={path} to={path} className={classes.place} title={title}>
          <Icon size={18} stroke={1.6} aria-hidden />
          <span className={classes.word}>{title}</span>
        </NavLink>
      ))}
      <button
        type="button"
        className={`${classes.place} ${classes.collapse}`}
        onClick={toggle}
        title={narrow ? "Expand navigation" : "Collapse navigation"}
      >
        {narrow ? (
          <IconLayoutSidebarLeftExpand size={18} stroke={1.6} aria-hidden />
        ) : (
          <IconLayoutSidebarLeftCollapse size={18} stroke={1.6} aria-hidden />
        )}
        <span className={classes.word}>{narrow ? "Expand" : "Collapse"}</span>
      </button>
    </nav>
  );
}

function TopBar({ me, showHelp }: { readonly me: RouteResponse<"me"> | undefined; readonly showHelp: () => void }) {
  const { mode, setMode } = useTimeZone();
  return (
    <header className={classes.bar}>
      <button type="button" className={classes.search} onClick={() => spotlight.open()}>
        <IconSearch size={15} aria-hidden />
        <span>Search or run a command</span>
        <kbd>{keyCaps("mod+k").join(" ")}</kbd>
      </button>
      <div className={classes.right}>
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
        <span className={classes.person} title={me?.store}>
          {me?.analyst ?? ""}
        </span>
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
      return `You are signed out. Open a new sign-in link. ${old}.`;
    case 0:
      return `Server not reachable. ${old}. Retrying…`;
    default:
      return `Server error: ${(details.detail ?? details.title).replace(/\.$/, "")}. ${old}. Retrying…`;
  }
}

const frameGroups = ["Go", "General", "View"];

/**
 * Command palette of the shell and the open page. A component of its own, so that only it renders when commands change.
 */
function Palette() {
  const all = useAllCommands();
  const ofFrame = (command: Command) => frameGroups.includes(command.group);
  const sorted = [...all.filter((command) => !ofFrame(command)), ...all.filter(ofFrame)];
  return (
    <Spotlight
      shortcut={null}
      nothingFound="No matching commands"
      highlightQuery
      scrollable
      maxHeight={420}
      attributes={{ content: { "aria-label": "Command palette" } }}
      searchProps={{ placeholder: "Command or page", "aria-label": "Command or page" }}
      actions={sorted.map((command) => ({
        id: command.id,
        label: command.title,
        description: command.disabled ?? command.group,
        disabled: command.disabled !== undefined,
        onClick: command.run,
        rightSection:
          command.keys?.[0] === undefined ? undefined : (
            <kbd className={classes.key}>{keyCaps(command.keys[0]).join(" ")}</kbd>
          ),
      }))}
    />
  );
}
