import { z } from "zod";
import { account } from "#contracts/account";
import { alertCorrelation, alertStatus, closeReason, severity, technique } from "#contracts/alert";
import { type Fields, sourceRef } from "#contracts/event";
import { ruleLanguage } from "#contracts/language";
import { accountLabel } from "../../alert/account-label.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { foldCase } from "../../condition/fold-case.ts";
import { decodedTexts } from "../../decode/fields.ts";
import { textOf } from "../../event/event.ts";
import { DamagedValue, stored } from "../damage.ts";
import { keepLatest } from "../memoize.ts";
import { text } from "../row.ts";

const move = z.object({ at: z.number(), actor: z.string(), reason: z.string() });
const merge = move.extend({ into: z.string() });

/**
 * As parsed from JSON, not copied: a copy would lose a field called `__proto__`, and checking some thirty fields one by
 * one with a schema would take half of the time in which an alert is read.
 */
const fields = z.custom<Fields>(
  (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isValue),
  "Invalid input: expected fields",
);

function isValue(value: unknown): boolean {
  return isScalar(value) || (Array.isArray(value) && value.every(isScalar));
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

const record: z.ZodType<AlertRecord> = z.object({
  id: z.string(),
  rule: z.object({ id: z.string(), name: z.string(), version: z.string(), language: ruleLanguage }),
  severity,
  riskScore: z.number(),
  buildingBlock: z.boolean(),
  techniques: z.array(technique),
  message: z.string(),
  time: z.number(),
  detectedAt: z.number(),
  host: z.string(),
  userKey: z.string().optional(),
  user: account.optional(),
  processKey: z.string().optional(),
  byPid: z
    .array(z.object({ eventId: z.string(), host: z.string(), pid: z.number(), executable: z.string().optional() }))
    .optional(),
  rootKey: z.string().optional(),
  originRootKey: z.string().optional(),
  removed: move.extend({ to: z.string().optional(), merged: merge.optional() }).optional(),
  merged: merge.optional(),
  commandTemplate: z.string().optional(),
  chosenPlaybook: z.object({ id: z.string(), actor: z.string(), at: z.number() }).optional(),
  status: alertStatus,
  closeReason: closeReason.optional(),
  sources: z.array(sourceRef),
  fields,
  group: z.record(z.string(), z.string()).optional(),
  sequence: z.object({ eventIds: z.array(z.string()), last: fields }).optional(),
  correlation: alertCorrelation.optional(),
});

/** An alert as stored JSON. Its status is that of the moment: the one that counts is stored apart, see `alertOf`. */
export function alertBody(alert: AlertRecord): string {
  return JSON.stringify(alert);
}

/** Former names of properties, in databases written before they were renamed. */
const formerNames: Readonly<Record<string, keyof AlertRecord>> = {
  causeRoot: "originRootKey",
  apart: "removed",
  shape: "commandTemplate",
};

function withCurrentNames(value: unknown): unknown {
  return typeof value === "object" && value !== null && Object.keys(formerNames).some((name) => name in value)
    ? Object.fromEntries(Object.entries(value).map(([name, property]) => [formerNames[name] ?? name, property]))
    : value;
}

/**
 * The alert in the `body` of a row, with its `status` and `closeReason`: they are kept apart, so that changing them
 * does not write all of the alert again. See docs/decisions/0065.
 */
export const alertOf = alertReader(readAlert);

/** Alerts that a list remembers: a page of the queue shows at most about so many. */
const REMEMBERED = 500;
/** Characters of a body that is remembered: alerts are rarely larger, and records may have any size. */
const REMEMBERED_LENGTH = 16_384;

/** As `alertOf`, for lists that are read again and again: a body that was read lately is not parsed again. */
export function rememberingAlerts(): typeof alertOf {
  const lately = keepLatest(readAlert, REMEMBERED);
  return alertReader((body) => (body.length > REMEMBERED_LENGTH ? readAlert(body) : lately(body, body)));
}

function alertReader(read: (body: string) => AlertRecord) {
  return stored("alert", (row: Readonly<Record<string, unknown>>): AlertRecord => {
    const { closeReason: _, ...alert } = read(text(row, "body"));
    return { ...alert, ...statusOf(row) };
  });
}

/** The status in the columns of a row. */
export function statusOf(row: Readonly<Record<string, unknown>>): Pick<AlertRecord, "status" | "closeReason"> {
  const reason = row["closeReason"] ?? undefined;
  return {
    status: alertStatus.parse(row["status"]),
    ...(reason === undefined ? {} : { closeReason: closeReason.parse(reason) }),
  };
}

/** Reads an alert from stored JSON; throws for a damaged one. */
export function readAlert(body: string): AlertRecord {
  const value: unknown = JSON.parse(body);
  const alert = record.parse(withCurrentNames(value));
  return { ...alert, fields: Object.setPrototypeOf(alert.fields, null) };
}

/** The distinct names of its tactics, sorted. */
export function tacticsOf(alert: AlertRecord): readonly string[] {
  return [...new Set(alert.techniques.flatMap((technique) => technique.tactic ?? []))].sort();
}

/** Characters of decoded text that the filter searches; a whole script would make every search read it. */
const DECODED_LENGTH = 8_192;

/**
 * The text that the queue's text filter searches, case-folded. Of what is encoded in the alert it has the beginning.
 * See docs/decisions/0055.
 */
export function searchText(alert: AlertRecord): string {
  const fields = alert.sequence?.last ?? alert.fields;
  const parts = [
    alert.message,
    alert.rule.name,
    alert.host,
    alert.user === undefined ? undefined : accountLabel(alert.user),
    textOf(fields, "process.executable"),
    textOf(fields, "process.command_line"),
    textOf(fields, "process.parent.executable"),
    decodedText(alert),
  ];
  return foldCase(parts.filter((part) => part !== undefined).join("\n"));
}

function decodedText({ sequence, fields }: AlertRecord): string | undefined {
  const texts = decodedTexts(sequence?.last ?? fields);
  return texts.length === 0 ? undefined : texts.join("\n").slice(0, DECODED_LENGTH);
}

/** The alert in a `body` alone. */
const storedAlert = stored("alert", (row: Readonly<Record<string, unknown>>) => readAlert(text(row, "body")));

/**
 * The search texts of stored alerts in which something is encoded, for alerts that were written before it was searched.
 * A damaged alert keeps what it has.
 */
export function encodedSearchTexts(
  rows: readonly Readonly<Record<string, unknown>>[],
): readonly { readonly id: string; readonly search: string }[] {
  return rows.flatMap((row) => {
    try {
      const alert = storedAlert(row);
      return decodedText(alert) === undefined ? [] : [{ id: alert.id, search: searchText(alert) }];
    } catch (error) {
      if (error instanceof DamagedValue) {
        return [];
      }
      throw error;
    }
  });
}
