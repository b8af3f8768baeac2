import type { Neighbourhood, ProcessNode } from "#contracts/lineage";
import type { lineageRoutes } from "#contracts/routes/lineage";
import type { TimelineEvent } from "#contracts/timeline";
import type { Examples } from "./example.ts";
import {
  alertId,
  event,
  host,
  parentKey,
  processKey,
  processNode,
  session,
  sessionKey,
  source,
  user,
} from "./shared.ts";

const parent: ProcessNode = {
  key: parentKey,
  host,
  pid: 1720,
  name: "WmiPrvSE.exe",
  executable: "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
  placeholder: true,
  sources: [],
  parentUnknown: "Its start was not recorded.",
  childGroup: "Qm1c_Jx2f0s9dTqL",
  activity: { network: 0, dns: 0, file: 0, registry: 0, module: 0, access: 0, injection: 0 },
  childCount: 10,
  alerts: [],
};

const child: ProcessNode = {
  ...parent,
  key: "AtnVl0lp_jPnWEt6X6bstf",
  pid: 2052,
  name: "swlist.exe",
  executable: "C:\\Program Files\\Nordwind\\Inventory\\swlist.exe",
  placeholder: false,
  sources: [source],
  parent: { key: processKey, certainty: "exact", why: "Its record names the parent's entity id." },
  parentUnknown: undefined,
  childGroup: "AX_BsIcokyNmvW0N",
  childCount: 0,
};

const graph: Neighbourhood = {
  focus: processKey,
  nodes: [parent, processNode],
  sessions: [session],
  truncations: [
    { of: parentKey, relation: "children", shown: 1, total: 10, why: "Only the first are shown.", next: "WzEsImEiXQ" },
  ],
  childGroups: [
    {
      of: parentKey,
      key: processNode.childGroup,
      name: "cmd.exe",
      commandTemplate: "cmd.exe /q /c *",
      total: 5,
      shown: [processKey],
    },
  ],
  links: [
    {
      from: { host: "srv-05.nordwind.example", sessionKey: "sakeA69e3xRreeEInoSkFz" },
      to: { host, sessionKey },
      time: "2026-06-16T15:04:05.060Z",
      user,
      logonType: 3,
      basis: "account",
      certainty: "inferred",
      why: "The logon came from 10.20.1.15, and the account had one open session on that host.",
      evidence: [source],
    },
  ],
};

const timelineEvent: TimelineEvent = {
  id: event.id,
  time: event.time,
  host,
  kind: "process",
  summary: "started cmd.exe /Q /c whoami",
  process: { key: processKey, name: "cmd.exe", pid: 2044 },
  alerts: [{ id: alertId, ruleName: "Command by WMI", severity: "high" }],
  source,
};

export const lineageExamples: Examples<typeof lineageRoutes> = {
  lineage: { params: { id: alertId }, response: graph },
  process: { params: { key: processKey }, response: processNode },
  processNeighbourhood: { params: { key: processKey }, response: graph },
  children: {
    params: { key: processKey },
    query: { limit: 1 },
    response: { items: [child], total: 2, next: "WzE3ODE2MDc4NTcyNDAsIkF0blYiXQ" },
  },
  processEvents: {
    params: { key: processKey },
    query: { kind: "process", limit: 10 },
    response: { items: [event], total: 1 },
  },
  timeline: {
    body: { processes: [processKey], kinds: ["process", "network"], buckets: 1 },
    response: {
      from: "2026-06-16T15:04:05.240Z",
      to: "2026-06-16T15:04:07.100Z",
      kinds: [
        { kind: "process", count: 1 },
        { kind: "file", count: 3 },
      ],
      buckets: {
        milliseconds: 1861,
        counts: [
          { host, kind: "process", bucket: 0, count: 1 },
          { host, kind: "file", bucket: 0, count: 3 },
        ],
      },
      items: [timelineEvent],
      total: 1,
      fired: [timelineEvent],
      firedTotal: 1,
    },
  },
  comparison: {
    params: { key: parentKey },
    query: { days: 7 },
    response: {
      key: parentKey,
      name: "WmiPrvSE.exe",
      from: "2026-06-09T15:04:05.240Z",
      to: "2026-06-16T15:04:05.240Z",
      onHost: { compared: 12, total: 12 },
      everywhere: { compared: 40, total: 40, hosts: 3 },
      children: [
        {
          childGroup: processNode.childGroup,
          name: "cmd.exe",
          commandTemplate: "cmd.exe /q /c *",
          onHost: 0,
          everywhere: 4,
          total: 5,
          prevalence: "new-on-host",
          seen: { total: 9, first: "2026-06-16T07:00:00.000Z" },
        },
      ],
      missing: [],
      notes: [],
    },
  },
  relatedProcesses: {
    params: { key: processKey },
    query: { limit: 5 },
    response: {
      items: [
        {
          process: child,
          reasons: [{ relation: "descendant", why: "It was started by this process." }],
        },
      ],
      total: 1,
      notes: [],
    },
  },
  chooseParent: {
    params: { key: child.key },
    body: { parent: parentKey },
    response: {
      process: {
        ...child,
        parent: {
          key: parentKey,
          certainty: "ambiguous",
          why: "Two processes had this pid on the host at that time.",
          candidates: [processKey, parentKey],
          chosen: { by: "lena", at: "2026-06-17T12:06:00.000Z", computed: processKey },
        },
      },
      movedAlerts: 0,
    },
  },
};
