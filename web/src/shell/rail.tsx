import {
  IconBook2,
  IconBug,
  IconDatabaseImport,
  IconHistory,
  IconInbox,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconMessageQuestion,
  IconReportAnalytics,
  IconServer2,
  IconShieldOff,
  IconTelescope,
  IconUserCog,
  IconUsers,
} from "@tabler/icons-react";
import { NavLink } from "react-router";
import { useRoute } from "../api/queries.ts";
import { useRoving } from "../keyboard/roving.ts";
import classes from "./shell.module.css";

const places = [
  { path: "/queue", title: "Queue", icon: IconInbox, keys: "g q" },
  { path: "/hunt", title: "Hunt", icon: IconTelescope, keys: "g h" },
  { path: "/hosts", title: "Hosts", icon: IconServer2, keys: "g o" },
  { path: "/users", title: "Users", icon: IconUsers, keys: "g u" },
  { path: "/rules", title: "Rules", icon: IconBug, keys: "g r" },
  { path: "/exceptions", title: "Exceptions", icon: IconShieldOff, keys: "g e" },
  { path: "/proposals", title: "Proposals", icon: IconMessageQuestion, keys: "g d" },
  { path: "/playbooks", title: "Playbooks", icon: IconBook2, keys: "g p" },
  { path: "/report", title: "Shift report", icon: IconReportAnalytics, keys: "g f" },
  { path: "/ingest", title: "Ingest", icon: IconDatabaseImport, keys: "g i" },
  { path: "/audit", title: "Audit", icon: IconHistory, keys: "g a" },
] as const;

const placesOfAdministrators = [
  ...places,
  { path: "/people", title: "People", icon: IconUserCog, keys: "g m" },
] as const;

/** The pages that the person may open, as far as that is known. */
export function usePlaces() {
  const { data: me } = useRoute("me", {}, { freshFor: 60_000 });
  return me?.permissions.includes("administer") === true ? placesOfAdministrators : places;
}

/** How many proposals wait for the person who is signed in: none for those who may not decide. */
function useOpenProposals(): number {
  const { data: me } = useRoute("me", {}, { freshFor: 60_000 });
  const enabled = me?.permissions.includes("decide") === true;
  const open = useRoute("proposals", { query: { state: "open", limit: 1 } }, { enabled, fallback: 15_000 });
  return enabled ? (open.data?.total ?? 0) : 0;
}

/** How much waits at a place; the exact number on hover. */
function Waiting({ count }: { readonly count: number }) {
  return (
    <span className={classes.waiting} title={`${count.toLocaleString("en")} open`}>
      {count > 99 ? "99+" : count}
      <span className={classes.unseen}> open</span>
    </span>
  );
}

/** The navigation on the left; collapses to icons. */
export function Rail({ narrow, toggle }: { readonly narrow: boolean; readonly toggle: () => void }) {
  const shown = usePlaces();
  const openProposals = useOpenProposals();
  const roving = useRoving<HTMLElement>();
  return (
    <nav {...roving} className={classes.rail} aria-label="Main">
      <NavLink to="/queue" className={classes.brand} aria-label="Stemma, go to queue">
        <img src="/icon.svg" alt="" width={24} height={24} />
        <span className={classes.word}>Stemma</span>
      </NavLink>
      {shown.map(({ path, title, icon: Icon }) => (
        <NavLink key={path} to={path} className={classes.place} title={title}>
          <Icon size={18} stroke={1.6} aria-hidden />
          <span className={classes.word}>{title}</span>
          {path === "/proposals" && openProposals > 0 && <Waiting count={openProposals} />}
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
