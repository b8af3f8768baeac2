import { z } from "zod";
import { account } from "./account.ts";
import { alertSummary } from "./alert.ts";
import { coverage } from "./coverage.ts";
import { sourceRef } from "./event.ts";
import { logonSession, processNode } from "./lineage.ts";
import { listOf, pageOf } from "./page.ts";
import { timeSpan, timestamp } from "./time.ts";

export const logonEvent = z
  .object({
    id: z.string(),
    time: timestamp,
    kind: z.enum(["opened", "failed", "explicit", "closed"]),
    host: z.string(),
    user: account.optional(),
    targetUser: account.optional().describe("For explicit credentials: the account that was used."),
    targetHost: z.string().optional().describe("For explicit credentials: the host that they were used on."),
    logonType: z.number().optional(),
    logonTypeName: z.string().optional(),
    authenticationPackage: z.string().optional(),
    sourceIp: z.string().optional(),
    sourceHost: z.string().optional(),
    sessionKey: z.string().optional(),
    processKey: z.string().optional(),
    processName: z.string().optional(),
    source: sourceRef,
  })
  .meta({ id: "LogonEvent", description: "A logon: successful, failed, with explicit credentials, or its end." });
export type LogonEvent = Readonly<z.infer<typeof logonEvent>>;

export const riskPoint = z
  .object({ time: timestamp, risk: z.number(), alertId: z.string(), label: z.string() })
  .meta({ id: "RiskPoint", description: "The risk that one alert adds." });

const alertList = listOf(alertSummary).meta({ id: "AlertList", description: "Alerts, newest first." });
const processList = listOf(processNode).meta({ id: "ProcessList", description: "Processes, newest first." });

const pivotParts = {
  alerts: alertList,
  logons: listOf(logonEvent).meta({ id: "LogonEventList", description: "Logons, newest first." }),
  sessions: listOf(logonSession).meta({ id: "LogonSessionList", description: "Logon sessions, newest first." }),
  processes: processList,
  risk: z.object({ total: z.number(), points: z.array(riskPoint), truncationReason: z.string().optional() }),
  span: timeSpan.optional().describe("From the first to the last event."),
};

export const hostSummary = z
  .object({
    host: z.string(),
    alsoKnownAs: z.array(z.string()).optional().describe("Other names of the same host in the records."),
    events: z.number(),
    processes: z.number(),
    alerts: z.number(),
    openAlerts: z.number(),
    risk: z.number().describe("The sum of the risk of its alerts."),
    lastSeen: timestamp.optional(),
  })
  .meta({ id: "HostSummary", description: "A host as lists show it." });
export const hostList = pageOf(hostSummary).meta({ id: "HostList", description: "Hosts, the highest risk first." });
export const spelling = z
  .object({
    key: z.string(),
    why: z.string().describe("Why it is the same account or host, in sentences."),
    evidence: z.array(sourceRef).describe("The earliest records that say so."),
  })
  .meta({ id: "Spelling", description: "Another name of an account or a host." });
export type Spelling = Readonly<z.infer<typeof spelling>>;

export const hostPage = hostSummary
  .extend({
    ...pivotParts,
    spellings: z.array(spelling).describe("Other names of the host, each with the evidence."),
    coverage: z.array(coverage),
    users: z.array(
      z.object({
        key: z.string(),
        account,
        processes: z.number(),
        successfulLogons: z.number(),
        failedLogons: z.number(),
      }),
    ),
  })
  .meta({ id: "HostPage", description: "Everything about a host." });
export type HostSummary = Readonly<z.infer<typeof hostSummary>>;
export type HostPage = Readonly<z.infer<typeof hostPage>>;

export const userSummary = z
  .object({
    key: z
      .string()
      .describe(
        "`domain\\name` in lower case, or the SID of an account without a known name; `@host` follows for an account " +
          "that every host has.",
      ),
    account,
    alsoKnownAs: z
      .array(z.string())
      .optional()
      .describe("Other keys of the same account: other spellings, and the SID that ties them together."),
    builtIn: z
      .object({
        host: z.string().optional().describe("The host that the account belongs to."),
        why: z.string(),
      })
      .optional()
      .describe("Set for an account that every host has of its own: it is the same on no other host."),
    hosts: z.array(z.string()),
    processes: z.number(),
    successfulLogons: z.number().describe("Successful logons (4624)."),
    failedLogons: z.number().describe("Failed logons (4625)."),
    alerts: z.number(),
    openAlerts: z.number(),
    risk: z.number().describe("The sum of the risk of the account's alerts."),
    lastSeen: timestamp.optional(),
  })
  .meta({ id: "UserSummary", description: "A user as lists show it." });
export const userList = pageOf(userSummary).meta({ id: "UserList", description: "Users, the highest risk first." });
export const logonCount = z
  .object({
    host: z.string(),
    outcome: z.enum(["succeeded", "failed"]),
    logonType: z.number().optional(),
    source: z.string().optional().describe("The source address, or else the name that the client gave."),
    count: z.number(),
    first: timestamp,
    last: timestamp,
  })
  .meta({ id: "LogonCount", description: "Logons of an account with the same host, outcome, type and source." });
export type LogonCount = Readonly<z.infer<typeof logonCount>>;

export const userPage = userSummary
  .extend({
    ...pivotParts,
    spellings: z.array(spelling).describe("Other names of the account, each with the evidence."),
    logonCounts: listOf(logonCount).meta({ id: "LogonCountList", description: "Counted logons, the latest first." }),
    onHosts: z
      .array(z.object({ host: z.string(), key: z.string() }))
      .optional()
      .describe("For an account that every host has, asked for without a host: the account of each host."),
  })
  .meta({ id: "UserPage", description: "Everything about a user." });
export type UserSummary = Readonly<z.infer<typeof userSummary>>;
export type UserPage = Readonly<z.infer<typeof userPage>>;

export const sessionPage = z
  .object({
    session: logonSession,
    linked: z
      .object({ session: logonSession, processes: processList, alerts: alertList })
      .optional()
      .describe("The other half of a split token: the same person at the same keyboard, elevated or filtered."),
    linkedUnknown: z.string().optional().describe("Why the other half of a split token is not shown, if so."),
    openedByUnknown: z.string().optional().describe("Why the opening logon is not known, if so."),
    processes: processList,
    alerts: alertList,
    outboundLogons: z
      .array(z.object({ logon: logonEvent, session: logonSession.optional() }))
      .describe(
        "Logons that the session or its other half (`linked`) made elsewhere, each with the session that it opened: with explicit credentials " +
          "(kind `explicit`), or on other hosts with its own account (kind `opened`).",
      ),
    outboundLogonNotes: z.array(z.string()).optional().describe("What `outboundLogons` leaves out, and why."),
    siblings: z
      .array(logonEvent)
      .describe("Other logons of the account on the host within five seconds of the opening."),
    siblingsTruncationReason: z.string().optional(),
  })
  .meta({ id: "SessionPage", description: "A logon session: how it was opened, what ran in it, where it led." });
export type SessionPage = Readonly<z.infer<typeof sessionPage>>;
