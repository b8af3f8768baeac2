import { IconAlertTriangle, IconBan, IconCheck } from "@tabler/icons-react";
import type { Breadth } from "#contracts/exception-breadth";
import classes from "./breadth.module.css";

const icons = { good: IconCheck, warning: IconAlertTriangle, refusal: IconBan } as const;
const words = {
  narrow: "narrow",
  acceptable: "acceptable",
  broad: "broad: needs a reason",
  refused: "too broad: cannot be saved",
} as const satisfies Record<Breadth["level"], string>;

/** How much an exception covers, on a scale from one exact situation to everything, and why. */
export function BreadthView({ breadth }: { readonly breadth: Breadth }) {
  return (
    <div className={classes.breadth} data-level={breadth.level}>
      <p className={classes.head}>
        <strong>{words[breadth.level]}</strong>
        <span>{Math.round(breadth.score)} of 100</span>
      </p>
      <div
        className={classes.scale}
        role="img"
        aria-label={`Breadth ${Math.round(breadth.score)} of 100: ${words[breadth.level]}`}
      >
        <span style={{ width: `${Math.min(100, Math.max(1.5, breadth.score))}%` }} />
      </div>
      <ul>
        {breadth.reasons.map((reason) => {
          const Icon = icons[reason.weight];
          return (
            <li key={`${reason.entry ?? ""} ${reason.text}`} data-weight={reason.weight}>
              <Icon size={14} aria-label={reason.weight} role="img" />
              <span>
                {reason.entry === undefined ? "" : `Entry ${reason.entry + 1}: `}
                {reason.text}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
