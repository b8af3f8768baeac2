import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { LinkSource } from "../lineage/links/link-source.ts";

/** A node and those of its ancestors that are among the nodes. */
export function pathUp(nodes: readonly ProcessNode[], from: ProcessNode): readonly ProcessNode[] {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const path = new Map<string, ProcessNode>();
  for (let node: ProcessNode | undefined = from; node !== undefined && !path.has(node.key); ) {
    path.set(node.key, node);
    node = node.parent === undefined ? undefined : byKey.get(node.parent.key);
  }
  return [...path.values()];
}

/** The known sessions and those with the given keys. */
export async function withSessions(
  source: Pick<LinkSource, "sessions">,
  known: readonly LogonSession[],
  keys: readonly string[],
): Promise<LogonSession[]> {
  const missing = [...new Set(keys)].filter((key) => !known.some((session) => session.key === key));
  const { items } =
    missing.length === 0 ? { items: [] } : await source.sessions({ keys: missing, limit: missing.length });
  return [...known, ...items];
}
