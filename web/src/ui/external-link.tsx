import { IconExternalLink } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./external-link.module.css";

/** A link from a rule or record: opens in a new tab, sends no referrer, and shows its host. */
export function ExternalLink({ url, children }: { readonly url: URL; readonly children?: ReactNode }) {
  return (
    <a className={classes.link} href={url.href} target="_blank" rel="noopener noreferrer nofollow" title={url.href}>
      {children ?? url.href}
      {children !== undefined && <span className={classes.host}>{` (${url.host})`}</span>}
      <IconExternalLink className={classes.icon} size={12} role="img" aria-label="opens in a new tab" />
    </a>
  );
}
