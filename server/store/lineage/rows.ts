import { type Account, account } from "#contracts/account";
import type { EndFact, LogonFact } from "../../lineage/facts.ts";
import type { HostEvidence } from "../../lineage/hosts/evidence.ts";
import type { SessionRow } from "../../lineage/tables.ts";
import { stored } from "../damage.ts";
import { text } from "../row.ts";

/** Bodies of lineage as stored JSON. Only what every reader needs is checked: opening an alert reads hundreds. */

type Row = Readonly<Record<string, unknown>>;

/** The account in the `body` of a row. */
export const accountOf = stored("account", (row: Row): Account => account.parse(JSON.parse(text(row, "body"))));

/** Throws for a damaged text. */
export function readExit(body: string): EndFact {
  const fact = JSON.parse(body) as EndFact;
  if (fact.kind !== "end" || !isOnHost(fact) || typeof fact.source?.eventId !== "string") {
    throw new Error("not the end of a process");
  }
  return fact;
}

/** Throws for a damaged text. */
export function readLogon(body: string): LogonFact {
  const fact = JSON.parse(body) as LogonFact;
  if (fact.kind !== "logon" || !isOnHost(fact) || typeof fact.source?.eventId !== "string") {
    throw new Error("not a logon");
  }
  return fact;
}

/** Throws for a damaged text. */
export function readSession(body: string): SessionRow {
  const session = JSON.parse(body) as SessionRow;
  if (typeof session.key !== "string" || typeof session.host !== "string" || typeof session.logonId !== "string") {
    throw new Error("not a session");
  }
  return session;
}

function isOnHost({ host, time }: { readonly host: unknown; readonly time: unknown }): boolean {
  return typeof host === "string" && typeof time === "number";
}

/** The evidence in the `body` of a row. */
export const evidenceRow = stored("evidence about a host", (row: Row): HostEvidence => {
  const evidence = JSON.parse(text(row, "body")) as HostEvidence;
  if (typeof evidence.kind !== "string" || typeof evidence.name !== "string" || typeof evidence.value !== "string") {
    throw new Error("not evidence about a host");
  }
  return evidence;
});
