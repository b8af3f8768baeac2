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
      /** All that fit, the shown one among them; present where there is a choice. */
      candidates: z.array(z.string()).optional(),
      /** A person chose this one among the candidates; `computed` is what the records alone would show. */
      chosen: z.object({ by: z.string(), at: z.string(), computed: z.string() }).optional(),
    })
    .optional(),
  /** Why there is no parent, when there is none. */
  parentUnknown: z.string().optional(),
  /** Opaque key shared by all processes with the same image and command-line template, on every host. */
  childGroup: z.string(),
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

/** One end of a link between hosts: as much of it as the records prove. */
export const linkEnd = z.object({
  host: z.string(),
  sessionKey: z.string().optional(),
  processKey: z.string().optional(),
});
export type LinkEnd = Readonly<z.infer<typeof linkEnd>>;

/**
 * How a logon is known to come from a session on another host, strongest first: `connection`, the logon's source address and
 * port are those of a connection that a process there opened; `explicit`, a 4648 there names this host and account at the
 * time; `account`, the account had a session open on the host that the logon's source address or name belongs to.
 */
export const linkBasis = z.enum(["connection", "explicit", "account"]);

/** `inferred`: one session fits. `ambiguous`: several do (`candidates`), none of them is taken, `from` names the host only. */
export const linkCertainty = z.enum(["exact", "inferred", "ambiguous"]);

/** A logon session on one host and the session, and where it is known the process, on another host that it came from. */
export const logonLink = z.object({
  from: linkEnd,
  to: z.object({ host: z.string(), sessionKey: z.string() }),
  /** Of the logon (4624). */
  time: z.string(),
  user: account.optional(),
  logonType: z.number().optional(),
  basis: linkBasis,
  certainty: linkCertainty,
  /** One sentence: by which values the link was made. */
  why: z.string(),
  candidates: z.array(linkEnd).optional(),
  /** The records that it rests on, the 4624 first. */
  evidence: z.array(sourceRef),
});
export type LogonLink = Readonly<z.infer<typeof logonLink>>;

/** Children of one process that share an image and a command-line template, collapsed into one row. */
export const childGroup = z.object({
  /** Whose children these are. */
  of: z.string(),
  /** Opaque: asks for its members among the children. */
  key: z.string(),
  name: z.string().optional(),
  /** The command line with what changes from run to run replaced by `*`. */
  commandTemplate: z.string().optional(),
  /** Exact. */
  total: z.number(),
  /** Those of them that stand in the nodes: the earliest, and what is shown for another reason. */
  shown: z.array(z.string()),
});
export type ChildGroup = Readonly<z.infer<typeof childGroup>>;

/** A part of the graph that was left out, and why. */
export const truncation = z.object({
  of: z.string(),
  relation: z.enum(["ancestors", "children", "descendants", "nodes", "links"]),
  shown: z.number(),
  total: z.number(),
  why: z.string(),
  next: z.string().optional(),
});
export type Truncation = Readonly<z.infer<typeof truncation>>;

/** A part of the graph around a process: parents always stand in `nodes` before it is a complete path to the root. */
export const neighbourhood = z.object({
  focus: z.string(),
  nodes: z.array(processNode),
  sessions: z.array(logonSession),
  truncations: z.array(truncation),
  /** Collapsed children; not counted again in `truncations`. */
  childGroups: z.array(childGroup),
  /** Where sessions of the nodes came from and went on to on other hosts. Causes stand in `nodes` with their ancestors. */
  links: z.array(logonLink),
});
export type Neighbourhood = Readonly<z.infer<typeof neighbourhood>>;
