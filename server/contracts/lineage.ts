import { z } from "zod";
import { sourceRef } from "./event.ts";

/**
 * How a parent edge is known, strongest first: `exact` by entity ids, `pid-time` by host, pid and start time, `declared`
 * when only the child names the parent, `ambiguous` when several parents fit (the best one is shown, the rest are kept).
 */
export const certainty = z.enum(["exact", "pid-time", "declared", "ambiguous"]);
export type Certainty = z.infer<typeof certainty>;

export const account = z.object({
  name: z.string(),
  domain: z.string().optional(),
  /** A SID, never the one of the service that wrote the log. */
  id: z.string().optional(),
});
export type Account = Readonly<z.infer<typeof account>>;

export const activity = z.object({
  network: z.number(),
  dns: z.number(),
  file: z.number(),
  registry: z.number(),
  module: z.number(),
  access: z.number(),
  injection: z.number(),
});
export type Activity = Readonly<z.infer<typeof activity>>;

export const alertMark = z.object({
  id: z.string(),
  ruleName: z.string(),
  severity: z.enum(["low", "medium", "high", "critical"]),
  status: z.enum(["open", "acknowledged", "escalated", "closed"]),
  buildingBlock: z.boolean(),
});

/** One process: the fold of every record about it. The same value feeds the tree, the graph and the table. */
export const processNode = z.object({
  key: z.string(),
  host: z.string(),
  entityId: z.string().optional(),
  pid: z.number().optional(),
  name: z.string().optional(),
  executable: z.string().optional(),
  commandLine: z.string().optional(),
  args: z.array(z.string()).optional(),
  workingDirectory: z.string().optional(),
  originalFileName: z.string().optional(),
  company: z.string().optional(),
  hashes: z.record(z.string(), z.string()).optional(),
  integrityLevel: z.string().optional(),
  exitCode: z.string().optional(),
  /** Whose token it runs with. */
  user: account.optional(),
  /** Who created it, where a record says so and it differs (Security 4688). */
  creator: account.optional(),
  start: z.string().optional(),
  end: z.string().optional(),
  /** True when no start record was seen: known only from its children or its activity. */
  placeholder: z.boolean(),
  sources: z.array(sourceRef),
  logonId: z.string().optional(),
  sessionKey: z.string().optional(),
  parent: z
    .object({
      key: z.string(),
      certainty,
      /** One sentence: by which values the edge was made. */
      why: z.string(),
      candidates: z.array(z.string()).optional(),
    })
    .optional(),
  /** Why there is no parent, when there is none. */
  parentUnknown: z.string().optional(),
  activity,
  childCount: z.number(),
  alerts: z.array(alertMark),
});
export type ProcessNode = Readonly<z.infer<typeof processNode>>;

export const logonSession = z.object({
  key: z.string(),
  host: z.string(),
  logonId: z.string(),
  user: account.optional(),
  /** Windows logon type number and its word, e.g. 3 "network". */
  logonType: z.number().optional(),
  logonTypeName: z.string().optional(),
  authenticationPackage: z.string().optional(),
  opened: z.string().optional(),
  closed: z.string().optional(),
  sourceIp: z.string().optional(),
  sourcePort: z.number().optional(),
  sourceHost: z.string().optional(),
  /** The 4624 that opened it; absent when the capture has none. */
  openedBy: sourceRef.optional(),
  /** 0x3e7, 0x3e4, 0x3e5: present on every host, never a link between hosts. */
  service: z.boolean(),
  privileged: z.boolean(),
  processCount: z.number(),
});
export type LogonSession = Readonly<z.infer<typeof logonSession>>;

/** Said wherever a part of the graph is left out. */
export const cut = z.object({
  of: z.string(),
  relation: z.enum(["ancestors", "children", "descendants", "nodes"]),
  shown: z.number(),
  total: z.number(),
  why: z.string(),
  next: z.string().optional(),
});
export type Cut = Readonly<z.infer<typeof cut>>;

/** A part of the graph around a process: parents always stand in `nodes` before it is a complete path to the root. */
export const neighbourhood = z.object({
  focus: z.string(),
  nodes: z.array(processNode),
  sessions: z.array(logonSession),
  cuts: z.array(cut),
});
export type Neighbourhood = Readonly<z.infer<typeof neighbourhood>>;
