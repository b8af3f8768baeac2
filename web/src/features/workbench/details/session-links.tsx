import type { LinkEnd, LogonLink } from "#contracts/lineage";
import { VisibleText } from "../../../ui/command-line.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { Moment } from "../../../ui/time.tsx";
import type { Lineage } from "../lineage/use-lineage.ts";
import { accountName, linkWords, processName } from "../lineage/words.ts";
import classes from "./details-pane.module.css";

/** Where a session came from on another host, and where it went on to: the walk across hosts, by button. */
export function SessionLinks({
  sessionKey,
  lineage,
  select,
}: {
  readonly sessionKey: string;
  readonly lineage: Lineage;
  readonly select: (key: string) => void;
}) {
  const { graph } = lineage;
  const cause = graph?.cameBy.get(sessionKey);
  const onward = (graph?.links ?? []).filter(({ from }) => from.sessionKey === sessionKey);
  const name = (end: LinkEnd) => {
    const node = end.processKey === undefined ? undefined : graph?.nodes.get(end.processKey);
    return node === undefined ? end.host : `${processName(node)} ${node.pid ?? ""} on ${node.host}`;
  };
  if (cause === undefined && onward.length === 0) {
    return null;
  }
  return (
    <PaneSection title="Across hosts">
      {cause !== undefined && (
        <>
          <p className={classes.parent}>
            <span className={classes.soft}>came from</span>
            {cause.from.processKey === undefined ? (
              <span>
                <VisibleText text={cause.from.host} />
              </span>
            ) : (
              <button type="button" className={classes.link} onClick={() => select(cause.from.processKey ?? "")}>
                <VisibleText text={name(cause.from)} />
              </button>
            )}
            <span className={classes.certainty} data-certainty={cause.certainty}>
              {linkWords[cause.certainty]}
            </span>
          </p>
          <p className={classes.soft}>{cause.why}</p>
          {(cause.candidates?.length ?? 0) > 0 && (
            <ul className={classes.list} aria-label="Where it may have come from">
              {cause.candidates?.map((end) => (
                <li key={`${end.host} ${end.sessionKey} ${end.processKey}`}>
                  {end.processKey === undefined ? (
                    <VisibleText text={end.host} />
                  ) : (
                    <button type="button" className={classes.link} onClick={() => select(end.processKey ?? "")}>
                      <VisibleText text={name(end)} />
                    </button>
                  )}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      {onward.length > 0 && (
        <ul className={classes.list} aria-label="Went on to">
          {onward.map((link) => (
            <Onward key={link.to.sessionKey} link={link} lineage={lineage} select={select} />
          ))}
        </ul>
      )}
    </PaneSection>
  );
}

function Onward({
  link,
  lineage,
  select,
}: {
  readonly link: LogonLink;
  readonly lineage: Lineage;
  readonly select: (key: string) => void;
}) {
  const row = lineage.rows.find((one) => one.kind === "logon" && one.link.to.sessionKey === link.to.sessionKey);
  const target = row?.kind === "logon" ? row.target : undefined;
  return (
    <li className={classes.candidate} title={link.why}>
      <span>
        went on to <VisibleText text={link.to.host} />
        {link.user === undefined ? "" : ` as ${accountName(link.user)}`}
      </span>
      <span className={classes.soft}>
        <Moment iso={link.time} precision="second" />, {linkWords[link.certainty]}
      </span>
      {row?.kind === "logon" && (
        <button type="button" className={classes.link} onClick={() => void lineage.follow(row, select)}>
          {target === undefined ? "go there" : "what it caused"}
        </button>
      )}
    </li>
  );
}
