import fc from "fast-check";
import type { Certainty, Neighbourhood, ProcessNode } from "#contracts/lineage";
import { alertMark, logonSession, neighbourhood, processNode } from "../fixtures.ts";

/** Made-up neighbourhoods of all shapes for property tests: chains, fans, hosts, sessions, alerts, long names. */
const certainties = ["exact", "pid-time", "declared", "ambiguous"] as const satisfies readonly Certainty[];

const madeUpProcess = fc.record({
  /** How far back its parent is in the order of the processes; 0: none. */
  parent: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.nat({ max: 12 })),
  certainty: fc.oneof({ weight: 4, arbitrary: fc.constant("exact" as const) }, fc.constantFrom(...certainties)),
  host: fc.nat({ max: 30 }),
  hasAlert: fc.nat({ max: 9 }).map((value) => value === 0),
  session: fc.nat({ max: 14 }),
  notLoaded: fc.nat({ max: 11 }).map((value) => (value === 0 ? 5 : 0)),
  name: fc.string({ minLength: 1, maxLength: 50, unit: "grapheme" }),
});

export const madeUpNeighbourhood: fc.Arbitrary<Neighbourhood> = fc
  .tuple(fc.array(madeUpProcess, { minLength: 1, maxLength: 120 }), fc.nat())
  .map(([made, focus]) => {
    const nodes: ProcessNode[] = [];
    for (const [index, one] of made.entries()) {
      const parent = one.parent === 0 ? undefined : nodes[index - one.parent];
      const { certainty } = one;
      const base = processNode(`p${index}`, undefined, {
        name: one.name,
        host: one.host < 3 ? `host-${one.host}.example` : (parent?.host ?? "srv-02"),
        commandLine: `${one.name} --run ${one.name}`,
        start: new Date(Date.UTC(2026, 2, 4) + index * 1000).toISOString(),
        alerts: one.hasAlert ? [alertMark(`a${index}`)] : [],
        childCount: one.notLoaded,
        sessionKey: one.session < 3 ? `s${one.session}` : parent?.sessionKey,
      });
      nodes.push(
        parent === undefined
          ? base
          : {
              ...base,
              parent: {
                key: parent.key,
                certainty,
                why: "made up",
                ...(certainty === "ambiguous" ? { candidates: [parent.key, nodes[0]?.key ?? ""] } : {}),
              },
            },
      );
    }
    return neighbourhood(nodes[focus % nodes.length]?.key ?? "", nodes, {
      sessions: ["s0", "s1", "s2"].map((key) => logonSession(key, { sourceHost: "ws-07" })),
    });
  });
