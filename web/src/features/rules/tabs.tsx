import { NavLink } from "react-router";
import { useRoving } from "../../keyboard/roving.ts";
import classes from "../../ui/page-tabs.module.css";

const places = [
  { to: "/rules", title: "Rules" },
  { to: "/rules/report", title: "Quality" },
  { to: "/rules/folders", title: "Folders" },
  { to: "/rules/new", title: "New rule" },
] as const;

/** Navigation between the rule pages. */
export function RuleTabs() {
  const roving = useRoving<HTMLElement>();
  return (
    <nav {...roving} className={classes.tabs} aria-label="Rules">
      {places.map(({ to, title }) => (
        <NavLink key={to} to={to} end>
          {title}
        </NavLink>
      ))}
    </nav>
  );
}
