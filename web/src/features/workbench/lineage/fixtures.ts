import type { LogonLink, LogonSession, Neighbourhood, ProcessNode } from "#contracts/lineage";

/** Made-up processes for the tests of the lineage. */
const quiet = { network: 0, dns: 0, file: 0, registry: 0, module: 0, access: 0, injection: 0 };

export function processNode(key: string, parent?: string, rest: Partial<ProcessNode> = {}): ProcessNode {
  return {
    key,
    host: "srv-02",
    name: `${key}.exe`,
    placeholder: false,
    sources: [],
    childGroup: rest.name ?? key,
    activity: quiet,
    childCount: 0,
    alerts: [],
    parent: parent === undefined ? undefined : { key: parent, certainty: "exact", why: "by entity id" },
    ...rest,
  };
}

export function neighbourhood(
  focus: string,
  nodes: readonly ProcessNode[],
  rest: Partial<Neighbourhood> = {},
): Neighbourhood {
  return { focus, nodes: [...nodes], sessions: [], truncations: [], childGroups: [], links: [], ...rest };
}

export function logonSession(key: string, rest: Partial<LogonSession> = {}): LogonSession {
  return { key, host: "srv-02", logonId: "0x1d31", service: false, privileged: true, processCount: 2, ...rest };
}

export function logonLink(from: LogonLink["from"], to: LogonLink["to"], rest: Partial<LogonLink> = {}): LogonLink {
  return {
    from,
    to,
    time: "2026-03-04T09:00:00Z",
    basis: "connection",
    certainty: "exact",
    why: "address and port agree",
    evidence: [],
    ...rest,
  };
}

export const alertMark = (id: string) => ({
  id,
  ruleName: "r",
  severity: "low" as const,
  status: "open" as const,
  buildingBlock: false,
});

const conhosts = ["h1", "h2", "h3", "h4"].map((key, index) =>
  processNode(key, "cmd", {
    name: "conhost.exe",
    commandLine: `conhost.exe 0x${index}`,
    start: `2026-03-04T09:00:0${index + 3}Z`,
  }),
);

/** A command shell below the WMI host, with four alike children. */
export const first: Neighbourhood = neighbourhood(
  "cmd",
  [
    processNode("services", undefined, { childCount: 40, start: "2026-03-01T05:00:00Z" }),
    processNode("wmi", "services", { childCount: 1, start: "2026-03-04T09:00:00Z" }),
    processNode("cmd", "wmi", { childCount: 6, start: "2026-03-04T09:00:01Z", end: "2026-03-04T09:00:05Z" }),
    processNode("whoami", "cmd", { start: "2026-03-04T09:00:02Z" }),
    ...conhosts,
  ],
  { truncations: [{ of: "services", relation: "children", shown: 1, total: 40, why: "the first page holds 1" }] },
);
