import { useMemo } from "react";
import type { Neighbourhood, ProcessNode } from "#contracts/lineage";
import { useRoute } from "../../api/queries.ts";
import type { Around } from "./draft.ts";

/** Programs that start anything: as an ancestor they tell nothing. */
const hosts =
  /\\(?:cmd|powershell|pwsh|wscript|cscript|svchost|services|wininit|winlogon|explorer|conhost|userinit|wmiprvse|rundll32|dllhost|taskhostw)\.exe$/i;

/** What new entries about ancestors and the session start from: values around the process of the alert. */
export function useAround(alertId: string): Around {
  const lineage = useRoute("lineage", { params: { id: alertId } }, { freshFor: 60_000, enabled: alertId !== "" });
  return useMemo(() => (lineage.data === undefined ? {} : aroundOf(lineage.data)), [lineage.data]);
}

export function aroundOf({ focus, nodes, sessions }: Neighbourhood): Around {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const own = byKey.get(focus);
  const ancestors: ProcessNode[] = [];
  for (let next = byKey.get(own?.parent?.key ?? ""); next !== undefined && !ancestors.includes(next); ) {
    ancestors.push(next);
    next = byKey.get(next.parent?.key ?? "");
  }
  const telling = ancestors.find(({ executable }) => executable !== undefined && !hosts.test(executable));
  const ancestor = telling ?? ancestors[0];
  const session = sessions.find(({ key }) => key === own?.sessionKey);
  return {
    ancestor: ancestor && { executable: ancestor.executable, name: ancestor.name },
    session: session && {
      sourceIp: session.sourceIp,
      logonType: session.logonType === undefined ? undefined : String(session.logonType),
    },
  };
}
