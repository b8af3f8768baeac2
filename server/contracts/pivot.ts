import { z } from "zod";
import { alertSummary } from "./alert.ts";
import { sourceRef } from "./event.ts";
import { account, logonSession, processNode } from "./lineage.ts";
import { coverage } from "./playbook.ts";

/** A logon seen in the records: successful, failed or with explicit credentials. */
export const logonEvent = z.object({
  id: z.string(),
  time: z.string(),
  kind: z.enum(["opened", "failed", "explicit", "closed"]),
  host: z.string(),
  user: account.optional(),
  /** For explicit credentials: the account that was used and the host it was used on. */
  targetUser: account.optional(),
  targetHost: z.string().optional(),
  logonType: z.number().optional(),
  logonTypeName: z.string().optional(),
  authenticationPackage: z.string().optional(),
  sourceIp: z.string().optional(),
  sourceHost: z.string().optional(),
  sessionKey: z.string().optional(),
  processKey: z.string().optional(),
  processName: z.string().optional(),
  source: sourceRef,
});
export type LogonEvent = Readonly<z.infer<typeof logonEvent>>;

export const riskPoint = z.object({ time: z.string(), risk: z.number(), alertId: z.string(), label: z.string() });

const listed = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), total: z.number(), truncationReason: z.string().optional() });

const pivotParts = {
  alerts: listed(alertSummary),
  logons: listed(logonEvent),
  sessions: listed(logonSession),
  /** Latest first. */
  processes: listed(processNode),
  risk: z.object({ total: z.number(), points: z.array(riskPoint), truncationReason: z.string().optional() }),
  span: z.object({ from: z.string(), to: z.string() }).optional(),
};

export const hostSummary = z.object({
  host: z.string(),
  /** Other names that the same host was recorded under. */
  alsoKnownAs: z.array(z.string()).optional(),
  events: z.number(),
  processes: z.number(),
  alerts: z.number(),
  openAlerts: z.number(),
  risk: z.number(),
  lastSeen: z.string().optional(),
});
export const hostPage = hostSummary.extend({
  ...pivotParts,
  coverage: z.array(coverage),
  users: z.array(z.object({ key: z.string(), account, processes: z.number() })),
});
export type HostSummary = Readonly<z.infer<typeof hostSummary>>;
export type HostPage = Readonly<z.infer<typeof hostPage>>;

export const userSummary = z.object({
  /** `domain\name` in lower case, or the SID where no name is known. */
  key: z.string(),
  account,
  /** Other keys of the same account: spellings, and the SID that ties them. */
  alsoKnownAs: z.array(z.string()).optional(),
  hosts: z.array(z.string()),
  processes: z.number(),
  alerts: z.number(),
  openAlerts: z.number(),
  risk: z.number(),
  lastSeen: z.string().optional(),
});
export const userPage = userSummary.extend(pivotParts);
export type UserSummary = Readonly<z.infer<typeof userSummary>>;
export type UserPage = Readonly<z.infer<typeof userPage>>;

/** "Who was at the keyboard": the logon, what ran in it, where it went on to. */
export const sessionPage = z.object({
  session: logonSession,
  /** Why no opening logon is known, when none is. */
  openedByUnknown: z.string().optional(),
  processes: listed(processNode),
  alerts: listed(alertSummary),
  /**
   * Where the session went on to: logons with explicit credentials made inside it (kind `explicit`), and network logons on
   * other hosts with its own (kind `opened`), each with the session that it led to.
   */
  outboundLogons: z.array(z.object({ logon: logonEvent, session: logonSession.optional() })),
  /** What `outboundLogons` leaves out and why, a sentence each. */
  outboundLogonNotes: z.array(z.string()).optional(),
  /** Other logons of the same account on the same host within five seconds of the opening. */
  siblings: z.array(logonEvent),
  siblingsTruncationReason: z.string().optional(),
});
export type SessionPage = Readonly<z.infer<typeof sessionPage>>;
