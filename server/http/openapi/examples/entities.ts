import type { HostSummary, UserSummary } from "#contracts/pivot";
import type { entityRoutes } from "#contracts/routes/entities";
import type { Examples } from "./example.ts";
import { alert, alertId, coverage, host, logon, processNode, rule, session, sessionKey, span, user } from "./shared.ts";

const userKey = "nordwind\\svc-inventory";

const shortName = "ws-07";

const hostSummary: HostSummary = {
  host,
  alsoKnownAs: [shortName],
  events: 723,
  processes: 111,
  alerts: 18,
  openAlerts: 18,
  risk: 667,
  lastSeen: span.to,
};

const userSummary: UserSummary = {
  key: userKey,
  account: user,
  alsoKnownAs: ["s-1-5-21-1907513822-240886144-3120447719-1190"],
  hosts: [host],
  processes: 40,
  successfulLogons: 12,
  failedLogons: 2,
  alerts: 30,
  openAlerts: 30,
  risk: 1210,
  lastSeen: alert.time,
};

const lists = {
  alerts: { items: [alert], total: 18, truncationReason: "The latest 1 of 18 alerts are listed." },
  logons: { items: [logon], total: 1 },
  sessions: { items: [session], total: 1 },
  processes: { items: [processNode], total: 1 },
  risk: { total: 73, points: [{ time: alert.time, risk: 73, alertId, label: rule.name }] },
  span,
};

export const entityExamples: Examples<typeof entityRoutes> = {
  hosts: { response: { items: [hostSummary], total: 1 } },
  host: {
    params: { key: host },
    response: {
      ...hostSummary,
      ...lists,
      spellings: [
        {
          key: shortName,
          why: `The short name of ${host}: no other host has a full name that begins with it.`,
          evidence: [],
        },
      ],
      coverage: [coverage],
      users: [{ key: userKey, account: user, processes: 40, successfulLogons: 12, failedLogons: 2 }],
    },
  },
  users: { response: { items: [userSummary], total: 1 } },
  user: {
    params: { key: userKey },
    response: {
      ...userSummary,
      ...lists,
      spellings: [
        {
          key: "s-1-5-21-1907513822-240886144-3120447719-1190",
          why: `The SID of ${userKey}, in record 5077.`,
          evidence: [logon.source],
        },
      ],
      logonCounts: {
        items: [
          { host, outcome: "succeeded", logonType: 3, source: "10.20.1.9", count: 12, first: span.from, last: span.to },
        ],
        total: 1,
      },
    },
  },
  session: {
    params: { key: sessionKey },
    response: {
      session,
      processes: lists.processes,
      alerts: { items: [alert], total: 1 },
      outboundLogons: [],
      siblings: [],
    },
  },
};
