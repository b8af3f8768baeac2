import type { AuditRecord } from "#contracts/audit";
import { VisibleText } from "../../ui/command-line.tsx";
import { methodLabels } from "../../ui/roles.ts";
import classes from "./audit.module.css";

/** Who made a change, how they had signed in, and from which address. */
export function Origin({ record: { actor, origin } }: { readonly record: AuditRecord }) {
  return (
    <>
      <VisibleText text={actor} />
      {origin !== undefined && (
        <span className={classes.origin} title={`Account ${origin.account}`}>
          {origin.method === "command-line" ? "on the command line" : `by ${methodLabels[origin.method]}`}
          {origin.address !== undefined && (
            <>
              {" from "}
              <code>
                <VisibleText text={origin.address} />
              </code>
            </>
          )}
        </span>
      )}
    </>
  );
}
