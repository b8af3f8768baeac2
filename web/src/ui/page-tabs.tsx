import { Link, useSearchParams } from "react-router";
import { useRoving } from "../keyboard/roving.ts";
import classes from "./page-tabs.module.css";

interface PageTab<T extends string> {
  readonly id: T;
  readonly title: string;
}

/** The tab in the address: the first one if there is none or one that is not offered. */
export function usePageTab<T extends string>(tabs: readonly [PageTab<T>, ...PageTab<T>[]], parameter = "tab"): T {
  const [search] = useSearchParams();
  return (tabs.find(({ id }) => id === search.get(parameter)) ?? tabs[0]).id;
}

/** The parts of a page as links, so that each of them has an address. */
export function PageTabs<T extends string>({
  label,
  tabs,
  current,
  parameter = "tab",
}: {
  readonly label: string;
  readonly tabs: readonly PageTab<T>[];
  readonly current: T;
  /** What the address calls it. */
  readonly parameter?: string;
}) {
  const roving = useRoving<HTMLElement>();
  return (
    <nav {...roving} className={classes.tabs} aria-label={label}>
      {tabs.map(({ id, title }, place) => (
        <Link
          key={id}
          to={{ search: place === 0 ? "" : `?${parameter}=${id}` }}
          aria-current={id === current ? "page" : undefined}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}
