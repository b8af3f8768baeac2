import { Button, Loader } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useCancel } from "../../api/queries.ts";
import classes from "./builder-page.module.css";

/** Marks the dry run as seen once the result of the current draft has been in the viewport. */
export function DryRunResult({
  isCurrent,
  missing,
  onSeen,
  children,
}: {
  readonly isCurrent: boolean;
  /** What the changed draft lacks to be run. */
  readonly missing: string | undefined;
  readonly onSeen: () => void;
  readonly children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const cancel = useCancel("exceptionDryRun");
  const latest = useRef(onSeen);
  latest.current = onSeen;
  useEffect(() => {
    const element = box.current;
    if (element === null || !isCurrent) {
      return;
    }
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        latest.current();
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isCurrent]);
  return (
    <div
      ref={box}
      id="dry-run"
      className={classes.result}
      data-stale={!isCurrent || undefined}
      aria-busy={!isCurrent && missing === undefined}
    >
      {!isCurrent &&
        (missing === undefined ? (
          <p className={classes.trying}>
            <Loader size={13} aria-hidden />
            <span>Running the dry run of the changed draft. The results below are of the previous draft.</span>
            <Button size="compact-xs" variant="default" onClick={cancel}>
              Cancel
            </Button>
          </p>
        ) : (
          <p className={classes.trying}>
            <span>{missing}. The results below are of the previous draft.</span>
          </p>
        ))}
      {children}
    </div>
  );
}
