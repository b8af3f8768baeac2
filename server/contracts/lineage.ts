import { z } from "zod";
import { account } from "./account.ts";
import { alertStatus, severity } from "./alert.ts";
import { sourceRef } from "./event.ts";
import { pageOf } from "./page.ts";
import { timestamp } from "./time.ts";

export const certainty = z.enum(["exact", "pid-time", "declared", "ambiguous"]).meta({
  id: "Certainty",
  description:
    "How a parent is known, strongest first. `exact`: by entity ids. `pid-time`: by host, pid and start time. " +
    "`declared`: only the child names it. `ambiguous`: several processes fit; the best one is shown.",
});
export type Certainty = z.infer<typeof certainty>;

export const activity = z
  .object({
    network: z.number(),
    dns: z.number(),
    file: z.number(),
    registry: z.number(),
    module: z.number(),
    access: z.number(),
    injection: z.number(),
  })
  .meta({ id: "Activity", description: "How many events of each kind a process has." });
export type Activity = Readonly<z.infer<typeof activity>>;

export const alertMark = z
  .object({
    id: z.string(),
    ruleName: z.string(),
    severity,
    status: alertStatus,
    buildingBlock: z.boolean(),
  })
  .meta({ id: "AlertMark", description: "An alert on a process." });

export const processNode = z
  .object({
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
    hashes: z.record(z.string(), z.string()).optional().describe("By algorithm."),
    integrityLevel: z.string().optional(),
    exitCode: z.string().optional(),
    user: account.optional().describe("The account that it runs as."),
    creator: account.optional().describe("The account that created it, if a record names another one (Security 4688)."),
    start: timestamp.optional(),
    startBySourceClock: timestamp
      .optional()
      .describe(
        "What the clock of the log's source says about the start (Sysmon's UtcTime), if that is more than an hour " +
          "away, as after a virtual machine was resumed. `start` is the time of the record.",
      ),
    end: timestamp.optional(),
    placeholder: z.boolean().describe("True without a start record: known only from its children or its activity."),
    sources: z.array(sourceRef).describe("The records about its start and its end."),
    logonId: z.string().optional(),
    sessionKey: z.string().optional(),
    parent: z
      .object({
        key: z.string(),
        certainty,
        why: z.string().describe("One sentence: the values that link parent and child."),
        candidates: z
          .array(z.string())
          .optional()
          .describe("Present if there is a choice: all processes that fit, including the parent shown."),
        chosen: z
          .object({ by: z.string(), at: timestamp, computed: z.string().describe("The parent by the records alone.") })
          .optional()
          .describe("Set if an analyst chose the parent among the candidates."),
      })
      .optional(),
    parentUnknown: z.string().optional().describe("Why there is no parent, if there is none."),
    childGroup: z
      .string()
      .describe("Shared by all processes with this image and command-line template, on every host. Opaque."),
    activity,
    childCount: z.number(),
    alerts: z.array(alertMark),
  })
  .meta({ id: "Process", description: "One process, merged from all records about it." });
export type ProcessNode = Readonly<z.infer<typeof processNode>>;

export const processPage = pageOf(processNode).meta({
  id: "ProcessPage",
  description: "Processes, the earliest first.",
});

export const logonSession = z
  .object({
    key: z.string(),
    host: z.string(),
    logonId: z.string(),
    user: account.optional(),
    logonType: z.number().optional().describe("The logon type of Windows, such as 3."),
    logonTypeName: z.string().optional().describe("Such as `network`."),
    authenticationPackage: z.string().optional(),
    opened: timestamp.optional(),
    closed: timestamp.optional(),
    sourceIp: z.string().optional(),
    sourcePort: z.number().optional(),
    sourceHost: z.string().optional(),
    until: timestamp
      .optional()
      .describe("From then on the logon id was that of another session: the host was restarted."),
    elevated: z
      .boolean()
      .optional()
      .describe("Of a logon with a split token (UAC): whether this half has administrative rights."),
    linkedLogonId: z.string().optional().describe("The logon id of the other half of a split token: the same person."),
    linkedKey: z.string().optional().describe("The session of `linkedLogonId`, in single sessions and graphs."),
    openedBy: sourceRef.optional().describe("The logon record (Security 4624), if there is one."),
    service: z
      .boolean()
      .describe("The logon ids 0x3e7, 0x3e4 and 0x3e5 exist on every host, so they never link hosts."),
    privileged: z.boolean(),
    processCount: z.number(),
  })
  .meta({ id: "LogonSession", description: "A logon session of Windows." });
export type LogonSession = Readonly<z.infer<typeof logonSession>>;

/** Which half of a split token (UAC) a session is: the one with administrative rights, or the one without. */
export function tokenHalf(
  session: Pick<LogonSession, "elevated" | "linkedLogonId">,
): "elevated" | "filtered" | undefined {
  const { elevated, linkedLogonId } = session;
  return linkedLogonId === undefined || elevated === undefined ? undefined : elevated ? "elevated" : "filtered";
}

export const linkEnd = z
  .object({
    host: z.string(),
    sessionKey: z.string().optional(),
    processKey: z.string().optional(),
  })
  .meta({ id: "LinkEnd", description: "One end of a link between hosts: as much of it as the records prove." });
export type LinkEnd = Readonly<z.infer<typeof linkEnd>>;

export const linkBasis = z.enum(["connection", "explicit", "account"]).meta({
  id: "LinkBasis",
  description:
    "How the origin of a logon is known, strongest first. `connection`: a process opened a connection from the " +
    "logon's source address and port. `explicit`: a logon with explicit credentials (4648) names the host and the " +
    "account at that time. `account`: the account had a session open on the host of the source address or name.",
});

export const linkCertainty = z.enum(["exact", "inferred", "ambiguous"]).meta({
  id: "LinkCertainty",
  description: "`inferred`: one session fits. `ambiguous`: several fit (`candidates`), so `from` names the host only.",
});

export const logonLink = z
  .object({
    from: linkEnd,
    to: z.object({ host: z.string(), sessionKey: z.string() }),
    time: timestamp.describe("Of the logon (4624)."),
    user: account.optional(),
    logonType: z.number().optional(),
    basis: linkBasis,
    certainty: linkCertainty,
    why: z.string().describe("One sentence: the values that link both ends."),
    candidates: z.array(linkEnd).optional(),
    evidence: z.array(sourceRef).describe("The records that prove it, the 4624 first."),
  })
  .meta({
    id: "LogonLink",
    description: "Lateral movement: a logon session, and the session and process on another host that it came from.",
  });
export type LogonLink = Readonly<z.infer<typeof logonLink>>;

export const childGroup = z
  .object({
    of: z.string().describe("The parent of these children."),
    key: z.string().describe("The `childGroup` parameter that lists its members. Opaque."),
    name: z.string().optional(),
    commandTemplate: z.string().optional().describe("The command line with variable parts as `*`."),
    total: z.number().describe("Exact."),
    shown: z.array(z.string()).describe("The members that are among the nodes."),
  })
  .meta({
    id: "ChildGroup",
    description: "Children of one process with the same image and command-line template, collapsed into one row.",
  });
export type ChildGroup = Readonly<z.infer<typeof childGroup>>;

export const truncation = z
  .object({
    of: z.string().describe("The process at which the graph ends."),
    relation: z.enum(["ancestors", "children", "descendants", "nodes", "links"]),
    shown: z.number(),
    total: z.number(),
    why: z.string(),
    next: z.string().optional().describe("The cursor that lists the rest."),
  })
  .meta({ id: "Truncation", description: "A part of the graph that was left out, and why." });
export type Truncation = Readonly<z.infer<typeof truncation>>;

export const neighbourhood = z
  .object({
    focus: z.string().describe("The process that was asked for; empty for an alert without a process."),
    nodes: z.array(processNode).describe("With the complete path from every process to its root."),
    sessions: z.array(logonSession),
    truncations: z.array(truncation),
    childGroups: z.array(childGroup).describe("Collapsed children; `truncations` does not count them again."),
    links: z
      .array(logonLink)
      .describe("Where the sessions of the nodes came from and led to on other hosts. Origins are among the nodes."),
  })
  .meta({ id: "Neighbourhood", description: "The process graph around a process." });
export type Neighbourhood = Readonly<z.infer<typeof neighbourhood>>;

export const chooseParentRequest = z
  .object({ parent: z.string().min(1).max(200).optional().describe("Absent: back to the computed parent.") })
  .strict()
  .meta({ id: "ChooseParentRequest", description: "The parent that an analyst chose." });

export const parentChange = z
  .object({
    process: processNode,
    movedAlerts: z.number().describe("Alerts that have another lineage root now."),
  })
  .meta({ id: "ParentChange", description: "A process after the choice of its parent." });
