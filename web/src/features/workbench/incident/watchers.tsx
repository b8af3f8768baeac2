import { VisuallyHidden } from "@mantine/core";
import type { Watcher } from "#contracts/changes";
import { VisibleText } from "../../../ui/command-line.tsx";
import { absoluteTime, useTimeZone } from "../../../ui/time.tsx";
import { toEditable } from "../../../ui/visible-text.ts";
import classes from "./watchers.module.css";

/** More are counted. */
const shown = 4;

/** Who else has the incident open now, by their initials. */
export function Watchers({ watchers }: { readonly watchers: readonly Watcher[] }) {
  const { mode } = useTimeZone();
  if (watchers.length === 0) {
    return null;
  }
  const words = ({ name, since }: Watcher) => `${toEditable(name)}, since ${absoluteTime(since, mode, "minute")}`;
  const others = watchers.slice(shown);
  return (
    <ul className={classes.watchers} aria-label="Also looking at this incident">
      {watchers.slice(0, shown).map((watcher) => (
        <li key={`${watcher.since} ${watcher.name}`} title={words(watcher)}>
          <span aria-hidden>{initials(watcher.name)}</span>
          <VisuallyHidden>
            <VisibleText text={words(watcher)} />
          </VisuallyHidden>
        </li>
      ))}
      {others.length > 0 && (
        <li title={others.map(words).join("\n")}>
          <span aria-hidden>+{others.length}</span>
          <VisuallyHidden>
            <VisibleText text={others.map(words).join("; ")} />
          </VisuallyHidden>
        </li>
      )}
    </ul>
  );
}

/** The first letters of the first and the last word of a name. */
export function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  const picked = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return picked.map((word = "?") => [...word][0]?.toUpperCase() ?? "?").join("");
}
