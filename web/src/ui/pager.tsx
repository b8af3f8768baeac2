import { Button } from "@mantine/core";
import type { Page } from "#contracts/page";
import classes from "./pager.module.css";

/** Turns the pages of a list: forward, and back to the first one. */
export function Pager({
  page: { items, total, next },
  isFirst,
  loaded = 0,
  turn,
}: {
  readonly page: Page<unknown>;
  readonly isFirst: boolean;
  /** How many there are without the filters of the list. */
  readonly loaded?: number;
  /** To the page of a cursor; undefined: the first. */
  readonly turn: (cursor: string | undefined) => void;
}) {
  return (
    <nav className={classes.pager} aria-label="Pages">
      <Button size="xs" variant="default" disabled={isFirst} onClick={() => turn(undefined)}>
        First page
      </Button>
      <span>{`${number(items.length)} of ${number(total)}${total < loaded ? `, ${number(loaded)} loaded` : ""}`}</span>
      <Button size="xs" variant="default" disabled={next === undefined} onClick={() => turn(next)}>
        Next page
      </Button>
    </nav>
  );
}

const number = (value: number) => value.toLocaleString("en");
