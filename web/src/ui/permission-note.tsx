import { IconLock } from "@tabler/icons-react";
import classes from "./permission-note.module.css";

/** Stands where an action would be that the person may not use: what it is, and which role it needs. */
export function PermissionNote({ action, denial }: { readonly action: string; readonly denial: string }) {
  return (
    <p className={classes.note}>
      <IconLock size={14} aria-hidden />
      <span>
        {action}: {denial.charAt(0).toLowerCase() + denial.slice(1)}
      </span>
    </p>
  );
}
