import type { LogonFact } from "../../../lineage/facts.ts";
import type { ProcessRow } from "../../../lineage/process-row.ts";
import type { ExitRow, SessionRow } from "../../../lineage/tables.ts";
import { stored, storedValue } from "../../damage.ts";
import type { ProcessSortKey } from "../../lineage/pages.ts";
import { readBody } from "../../lineage/process-body.ts";
import { readExit, readLogon, readSession } from "../../lineage/rows.ts";
import { number, optionalNumber, optionalText, type Row, text } from "../row.ts";

/** A row of lineage as stored, with the properties by which it is counted. */
export interface StoredRow {
  readonly row: ProcessRow;
  readonly started: boolean;
  readonly userKey: string | undefined;
  readonly childGroup: string | undefined;
}

/** The properties from which a row is restored. `fullHost` exists only if `host` was too long for an index. */
const properties = ["key", "host", "fullHost", "twin", "mergedInto", "creatorPid", "sessionKey", "body"];
const counted = ["started", "userKey", "cluster"];

/** What a query returns for an identity `p`, as the columns that `storedRow` reads. */
export const STORED_ROW = [...properties, ...counted].map((name) => `p.${name} AS ${name}`).join(", ");
/** The same, and all that is stored of it, as a map, which may hold more: naming the properties takes long to plan. */
export const rowMap = (node: string, ...more: readonly string[]) => `${node} {${[".*", ...more].join(", ")}}`;

export function storedRow(row: Row): StoredRow {
  return {
    row: processRow(row),
    started: row["started"] === true,
    userKey: optionalText(row, "userKey"),
    childGroup: optionalText(row, "cluster"),
  };
}

export const processRow = stored("process", (row: Row): ProcessRow => {
  const host = optionalText(row, "fullHost") ?? text(row, "host");
  return {
    ...readBody(text(row, "body"), host),
    key: text(row, "key"),
    host,
    duplicate: optionalText(row, "twin"),
    mergedInto: optionalText(row, "mergedInto"),
    creatorPid: optionalNumber(row, "creatorPid"),
    sessionKey: optionalText(row, "sessionKey"),
  };
});

/** The sort key of a process that a query returns as `key, at`. */
export function sortKeyOf(row: Row): ProcessSortKey {
  return [number(row, "at"), text(row, "key")];
}

export function exitRow(body: string, processKey: string | undefined): ExitRow {
  return { fact: storedValue("end of a process", undefined, () => readExit(body)), processKey };
}

export function logonFact(body: string): LogonFact {
  return storedValue("logon", undefined, () => readLogon(body));
}

export function sessionRow(body: string): SessionRow {
  return storedValue("logon session", undefined, () => readSession(body));
}
