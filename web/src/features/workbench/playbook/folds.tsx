import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { type ReactNode, useId, useState } from "react";
import { VisibleText } from "../../../ui/command-line.tsx";
import classes from "./folds.module.css";

export interface Fold {
  readonly id: string;
  readonly title: string;
  /** How many there are of it. */
  readonly count?: number;
  /** It matters before anything is answered. */
  readonly warns?: boolean;
  readonly content: ReactNode;
}

/**
 * What a step has besides its question, folded to one line with counts; one of them is open at a time. The line ends
 * with the children.
 */
export function Folds({
  folds,
  first,
  children,
}: {
  readonly folds: readonly Fold[];
  readonly first?: string;
  readonly children?: ReactNode;
}) {
  const [chosen, choose] = useState(first);
  const panel = useId();
  const open = folds.find(({ id }) => id === chosen);
  return (
    <div className={classes.folds}>
      <div className={classes.line}>
        {folds.map(({ id, title, count, warns }) => {
          const isOpen = id === open?.id;
          const Icon = isOpen ? IconChevronDown : IconChevronRight;
          return (
            <button
              key={id}
              type="button"
              aria-expanded={isOpen}
              aria-controls={isOpen ? panel : undefined}
              data-warns={warns || undefined}
              onClick={() => choose(isOpen ? undefined : id)}
            >
              <Icon size={12} aria-hidden />
              <strong>
                <VisibleText text={title} />
              </strong>
              {count !== undefined && <span>{count.toLocaleString("en")}</span>}
            </button>
          );
        })}
        {children}
      </div>
      {open !== undefined && (
        <div id={panel} className={classes.panel}>
          {open.content}
        </div>
      )}
    </div>
  );
}
