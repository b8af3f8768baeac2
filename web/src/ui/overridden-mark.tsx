import { IconGavel } from "@tabler/icons-react";
import classes from "./marks.module.css";

/** Beside the status of what somebody closed against the verdict. */
export function OverriddenMark() {
  return (
    <span className={`${classes.mark} ${classes.medium}`} title="Closed against the verdict, with a reason">
      <IconGavel size={14} stroke={2} aria-hidden />
      <span>against the verdict</span>
    </span>
  );
}
