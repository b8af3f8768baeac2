import type { ShiftTactic } from "#contracts/shift-report";
import type { AlertRecord } from "../../alert/record.ts";
import type { AlertHead } from "../../store/alerts/port.ts";

/** What a rule says about ATT&CK. */
export interface RuleTechniques {
  readonly techniques: AlertRecord["techniques"];
  /** Tactics that the rule names apart from its techniques, as Sigma rules do. */
  readonly tactics: readonly string[];
}

/** The tactics of ATT&CK for enterprises in its order. */
const killChain = [
  "Reconnaissance",
  "Resource Development",
  "Initial Access",
  "Execution",
  "Persistence",
  "Privilege Escalation",
  "Defense Evasion",
  "Credential Access",
  "Discovery",
  "Lateral Movement",
  "Collection",
  "Command and Control",
  "Exfiltration",
  "Impact",
];

/** Tactics in the order of ATT&CK, others after them by name; within a tactic the technique with most alerts first. */
export function matrixOf(raised: readonly AlertHead[], rules: ReadonlyMap<string, RuleTechniques>): ShiftTactic[] {
  const known = knownTechniques(rules);
  const cellsByRule = new Map([...rules].map(([id, rule]) => [id, cellsOf(rule, known)]));
  const cells = raised.flatMap((head) => (cellsByRule.get(head.rule.id) ?? []).map((cell) => ({ ...cell, head })));
  return [...Map.groupBy(cells, ({ tactic }) => tactic)]
    .map(([tactic, own]) => ({
      tactic,
      alerts: countOf(own, ({ head }) => head.id),
      techniques: [...Map.groupBy(own, ({ id, name }) => id ?? name)]
        .map(([, [first, ...others]]) => ({
          id: first?.id,
          name: first?.name ?? "",
          alerts: countOf([first, ...others], (one) => one?.head.id),
          incidents: countOf([first, ...others], (one) => one?.head.incidentKey),
        }))
        .toSorted((a, b) => b.alerts - a.alerts || ((a.id ?? a.name) < (b.id ?? b.name) ? -1 : 1)),
    }))
    .toSorted((a, b) => placeOf(a.tactic) - placeOf(b.tactic) || ((a.tactic ?? "") < (b.tactic ?? "") ? -1 : 1));
}

interface Cell {
  readonly tactic?: string;
  readonly id?: string;
  readonly name: string;
}

/** Names and tactics of techniques, as far as a rule gives them: others give the id alone. */
function knownTechniques(rules: ReadonlyMap<string, RuleTechniques>): ReadonlyMap<string, readonly Cell[]> {
  const named = [...rules.values()]
    .flatMap(({ techniques }) => techniques)
    .filter(({ tactic }) => tactic !== undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return new Map([...Map.groupBy(named, ({ id }) => id)].map(([id, own]) => [id, uniqueTactics(own)]));
}

function uniqueTactics(cells: readonly Cell[]): readonly Cell[] {
  return [...new Map(cells.map((cell) => [cell.tactic, cell])).values()];
}

/** A technique without a tactic of its own belongs to those that its rule names, or else to what others say of it. */
function cellsOf(
  { techniques, tactics }: RuleTechniques,
  known: ReadonlyMap<string, readonly Cell[]>,
): readonly Cell[] {
  const named = techniques.flatMap(({ id, name, tactic }): readonly Cell[] => {
    const others = known.get(id) ?? [];
    const label = name === id ? (others[0]?.name ?? name) : name;
    const under = tactic === undefined ? (tactics.length > 0 ? tactics : others.map((one) => one.tactic)) : [tactic];
    return (under.length === 0 ? [undefined] : under).map((one) => ({ tactic: one, id, name: label }));
  });
  const covered = new Set(named.map(({ tactic }) => tactic));
  const bare = tactics
    .filter((tactic) => !covered.has(tactic))
    .map((tactic) => ({ tactic, name: "No technique named" }));
  return [...named, ...bare];
}

function placeOf(tactic: string | undefined): number {
  const place = killChain.indexOf(tactic ?? "");
  return tactic === undefined ? killChain.length + 1 : place === -1 ? killChain.length : place;
}

function countOf<T>(all: readonly T[], of: (one: T) => unknown): number {
  return new Set(all.map(of)).size;
}
