import { IconAlertTriangle, IconBan, IconCheck, IconCircleDot, IconTarget } from "@tabler/icons-react";
import type { Breadth, MeasuredBreadth } from "#contracts/exception-breadth";
import type { ExceptionEntry } from "#contracts/exception-entry";
import classes from "./breadth.module.css";
import { MeasuredView } from "./measured.tsx";

const icons = { good: IconCheck, warning: IconAlertTriangle, refusal: IconBan } as const;
const levels = {
  narrow: { icon: IconTarget, word: "narrow" },
  acceptable: { icon: IconCircleDot, word: "acceptable" },
  broad: { icon: IconAlertTriangle, word: "broad: needs a reason" },
  refused: { icon: IconBan, word: "too broad: cannot be saved" },
} as const satisfies Record<Breadth["level"], unknown>;

/**
 * How much an exception covers, on a scale from one exact situation to everything, and why; with the numbers where it
 * was measured.
 */
export function BreadthView({
  breadth,
  measured,
  groups = [],
}: {
  readonly breadth: Breadth;
  readonly measured?: MeasuredBreadth | undefined;
  /** The groups of entries that were measured. */
  readonly groups?: readonly (readonly ExceptionEntry[])[];
}) {
  const { icon: Level, word } = levels[breadth.level];
  return (
    <div className={classes.breadth} data-level={breadth.level}>
      <p className={classes.head}>
        <strong>
          <Level size={15} aria-hidden /> {word}
        </strong>
        <span>{Math.round(breadth.score)} of 100</span>
      </p>
      <div className={classes.scale} role="img" aria-label={`Breadth ${Math.round(breadth.score)} of 100: ${word}`}>
        <span style={{ width: `${Math.min(100, Math.max(1.5, breadth.score))}%` }} />
      </div>
      <ul>
        {breadth.reasons.map((reason) => {
          const Icon = icons[reason.weight];
          return (
            <li key={`${reason.group ?? ""} ${reason.entry ?? ""} ${reason.text}`} data-weight={reason.weight}>
              <Icon size={14} aria-label={reason.weight} role="img" />
              <span>
                {placeOf(reason)}
                {reason.text}
              </span>
            </li>
          );
        })}
      </ul>
      {measured !== undefined && <MeasuredView measured={measured} groups={groups} />}
    </div>
  );
}

function placeOf({ group, entry }: Breadth["reasons"][number]): string {
  const inGroup = group === undefined ? "" : `Group ${group + 2}, `;
  const place =
    entry === undefined ? inGroup.replace(",", ":") : `${inGroup}${inGroup === "" ? "E" : "e"}ntry ${entry + 1}: `;
  return place;
}
