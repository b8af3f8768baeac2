import type { LinkEnd, LogonLink } from "#contracts/lineage";
import { VisibleText } from "../../../ui/command-line.tsx";
import { PaneSection } from "../../../ui/pane-section.tsx";
import { Moment } from "../../../ui/time.tsx";
import { accountName, linkCertaintyLabels, processName } from "../lineage/labels.ts";
import type { Lineage } from "../lineage/use-lineage.ts";
import classes from "./details-pane.module.css";

/** The logon that opened a session from another host, and the logons from it to other hosts. */
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
  const origin = graph?.originLinks.get(sessionKey);
  const outbound = (graph?.links ?? []).filter(({ from }) => from.sessionKey === sessionKey);
  const name = (end: LinkEnd) => {
    const node = end.processKey === undefined ? undefined : graph?.nodes.get(end.processKey);
    return node === undefined ? end.host : `${processName(node)} ${node.pid ?? ""} on ${node.host}`;
  };
  if (origin === undefined && outbound.length === 0) {
    return null;
  }
  return (
    <PaneSection title="Logons across hosts">
      {origin !== undefined && (
        <>
          <p className={classes.parent}>
            <span className={classes.soft}>Opened from</span>
            {origin.from.processKey === undefined ? (
              <span>
                <VisibleText text={origin.from.host} />
              </span>
            ) : (
              <button type="button" className={classes.link} onClick={() => select(origin.from.processKey ?? "")}>
                <VisibleText text={name(origin.from)} />
              </button>
            )}
            <span className={classes.certainty} data-certainty={origin.certainty}>
              {linkCertaintyLabels[origin.certainty]}
            </span>
          </p>
          <p className={classes.soft}>{origin.why}</p>
          {(origin.candidates?.length ?? 0) > 0 && (
            <ul className={classes.list} aria-label="Possible origins">
              {origin.candidates?.map((end) => (
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
      {outbound.length > 0 && (
        <ul className={classes.list} aria-label="Outbound logons">
          {outbound.map((link) => (
            <OutboundLogon key={link.to.sessionKey} link={link} lineage={lineage} select={select} />
          ))}
        </ul>
      )}
    </PaneSection>
  );
}

function OutboundLogon({
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
        Logon to <VisibleText text={link.to.host} />
        {link.user === undefined ? "" : ` as ${accountName(link.user)}`}
      </span>
      <span className={classes.soft}>
        <Moment iso={link.time} precision="second" />, {linkCertaintyLabels[link.certainty]}
      </span>
      {row?.kind === "logon" && (
        <button type="button" className={classes.link} onClick={() => void lineage.followLogon(row, select)}>
          {target === undefined ? "Load its first process" : "Show its first process"}
        </button>
      )}
    </li>
  );
}
