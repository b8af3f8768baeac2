import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExceptionDraft } from "#contracts/exception";
import type { ExceptionEntry } from "#contracts/exception-entry";
import { noon, openWorkbenchStore, type WorkbenchStore } from "../../../test/factories/workbench-store.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { always } from "../../condition/tree.ts";
import type { Rule } from "../../detection/rule.ts";
import { noLists } from "../../exception/lists.ts";
import { breadthOf } from "../breadth.ts";
import { dryRun } from "../dry-run.ts";
import { collectBreadth, type MeasuredEntries } from "./collect.ts";
import { Distinct, distinctAllowance, distinctKey } from "./distinct.ts";

const common = { operator: "included", case: "insensitive" } as const;
const match = (field: string, value: string): ExceptionEntry => ({ type: "match", field, value, ...common });
const wildcard = (field: string, value: string): ExceptionEntry => ({ type: "wildcard", field, value, ...common });

const rule: Rule = {
  id: "r-1",
  name: "Output to a share",
  version: "1",
  language: "eql",
  description: "",
  severity: "high",
  riskScore: 73,
  buildingBlock: false,
  tags: [],
  author: [],
  references: [],
  falsePositives: [],
  techniques: [],
  query: "",
  source: "",
  body: { kind: "event", condition: always },
};

const hashOfCmd = "b99d61d874728edc0918ca0eb10eab93d381e7367e377406e65963366c874450";
const cmd = "C:\\Windows\\System32\\cmd.exe";

interface Seen {
  readonly commandLine: string;
  readonly host?: string;
  readonly user?: string;
}

function alert({ commandLine, host = "srv-01", user = "corp\\lena" }: Seen) {
  return {
    rule: { id: rule.id, name: rule.name, version: rule.version, language: rule.language },
    ...{ host, userKey: user },
    fields: {
      "process.executable": cmd,
      "process.command_line": commandLine,
      "process.hash.sha256": hashOfCmd,
      "process.parent.executable": "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe",
      "host.name": host,
      "user.name": user,
    },
  };
}

/** Alerts that the whole draft hides, and others of the rule that no entry matches. */
function measure(entries: readonly ExceptionEntry[], hidden: readonly Seen[], others = 0): MeasuredEntries {
  const draft = { entries: [...entries], ruleIds: [rule.id] };
  const collector = collectBreadth(draft, [rule], { lists: noLists, allAlerts: 2 * (hidden.length + others) });
  for (const one of hidden) {
    collector.addAlert(
      alert(one),
      entries.map(() => true),
      true,
    );
  }
  for (let index = 0; index < others; index += 1) {
    collector.addAlert(
      alert({ commandLine: "other" }),
      entries.map(() => false),
      false,
    );
  }
  return collector.result();
}

const numbered = (count: number, seen: (index: number) => Seen) => Array.from({ length: count }, (_, at) => seen(at));
const judged = (entries: readonly ExceptionEntry[], measured: MeasuredEntries) =>
  breadthOf({ entries: [...entries], ruleIds: [rule.id] }, [rule], measured);

describe("the measured breadth", () => {
  const attack = numbered(18, (index) => ({ commandLine: `cmd.exe /c ${"abcdefghijklmnopqrs"[index]}tool` }));
  const byHash = [match("process.hash.sha256", hashOfCmd), match("user.name", "lena"), match("host.name", "srv-01")];

  it("refuses the hash of an interpreter with user and host, with what it would hide", () => {
    expect(breadthOf({ entries: byHash, ruleIds: [rule.id] }, [rule]).level).toBe("narrow");
    const breadth = judged(byHash, measure(byHash, attack, 2));
    expect(breadth).toMatchObject({ level: "refused", score: 100 });
    const refusal = breadth.reasons.find(({ weight }) => weight === "refusal");
    expect(refusal?.text).toContain("18 kinds of command lines by 1 user on 1 host; 90 % of the alerts of this rule");
  });

  it("does so by events where the rule has raised only one alert", () => {
    const draft = { entries: byHash, ruleIds: [rule.id] };
    const collector = collectBreadth(draft, [rule], { lists: noLists });
    collector.addAlert(alert({ commandLine: "cmd.exe /c whoami" }), [true, true, true], true);
    for (const seen of attack) {
      const { fields } = alert({ ...seen, user: "lena" });
      collector.addEvent({ fields });
    }
    const measured = collector.result();
    expect(measured.together).toMatchObject({ alerts: 1, events: 18, templates: { count: 19 } });
    expect(breadthOf(draft, [rule], measured).level).toBe("refused");
  });

  const exact = [
    match("process.command_line", "cmd.exe /c inventory.cmd"),
    match("user.name", "svc-inventory"),
    match("host.name", "srv-01"),
  ];

  it("is narrow for one activity of one user on one host, however often it happened", () => {
    const often = numbered(500, () => ({ commandLine: "cmd.exe /c inventory.cmd" }));
    expect(judged(exact, measure(exact, often.slice(0, 5), 20))).toMatchObject({ level: "narrow" });
    expect(judged(exact, measure(exact, often, 500)).level).toBe("acceptable");
  });

  it("is broad for 19,400 alerts on 50 hosts, whatever the form of the entries says", () => {
    const fleet = numbered(19_400, (index) => ({ commandLine: "cmd.exe /c inventory.cmd", host: `ws-${index % 50}` }));
    const breadth = judged(exact, measure(exact, fleet, 600));
    expect(breadth.level).toBe("broad");
    expect(breadth.reasons.at(-1)?.text).toBe(
      "Covers 1 kind of command line by 1 user on 50 hosts; 97 % of the alerts of this rule (19,400).",
    );
  });

  it("refuses what silences a rule", () => {
    const pattern = [wildcard("process.command_line", "*\\\\AcmeAgent\\\\bin\\\\*")];
    const many = numbered(40, (index) => ({ commandLine: `c:\\acmeagent\\bin\\${"abcdefghijkl"[index % 12]}.exe` }));
    const breadth = judged(pattern, measure(pattern, many, 1));
    expect(breadth.level).toBe("refused");
    expect(breadth.reasons.at(-1)?.text).toContain("silences the rule");
  });

  it.each<[string, ExceptionEntry]>([
    ["the id of a sensor", wildcard("process.entity_id", "{11111111-*")],
    ["the id of a host", match("host.id", "S-1-5-21-1")],
    ["the name of an agent", match("agent.name", "srv-01")],
  ])("does not take %s for an activity", (_, entry) => {
    const draft = { entries: [entry, match("user.name", "lena")], ruleIds: [rule.id] };
    expect(breadthOf(draft, [rule]).level).toBe("refused");
  });

  it.each([
    "C:\\Windows\\system32\\svchost.exe -k netsvcs -p -s Schedule",
    "C:\\Windows\\system32\\wbem\\wmiprvse.exe -secured -Embedding",
    "C:\\Windows\\system32\\DllHost.exe /Processid:{3EB3C877-1F16-487C-9050-104DBCD66683}",
  ])("takes arguments of services for a program, not for an activity: %s", (commandLine) => {
    const entries = [match("process.parent.command_line", commandLine), match("host.name", "srv-01")];
    expect(judged(entries, measure(entries, attack)).level).toBe("refused");
    expect(breadthOf({ entries, ruleIds: [rule.id] }, [rule]).level).toBe("broad");
  });

  it("takes an ancestor for what its entries say, and an excluded one for nothing", () => {
    const ancestor = (operator: "included" | "excluded", one: ExceptionEntry & { type: "match" }): ExceptionEntry => ({
      ...{ type: "ancestor", which: "any", operator, entries: [one] },
    });
    const agent = { ...common, type: "match", field: "process.executable", value: "C:\\Acme\\agent.exe" } as const;
    const named = { ...agent, field: "process.name", value: "agent.exe" } as const;
    const levelOf = (entry: ExceptionEntry) =>
      breadthOf({ entries: [entry, match("user.name", "svc"), match("host.name", "a")], ruleIds: [rule.id] }, [rule])
        .level;
    expect(levelOf(ancestor("included", agent))).toBe("narrow");
    expect(levelOf(ancestor("excluded", agent))).toBe("refused");
    expect(levelOf(ancestor("included", named))).toBe("refused");
  });

  it("judges each group of entries, of which the widest counts", () => {
    const alternatives = [[match("process.name", "cmd.exe")]];
    const breadth = breadthOf({ entries: exact, alternatives, ruleIds: [rule.id] }, [rule]);
    expect(breadth.level).toBe("refused");
    expect(breadth.reasons.filter(({ group }) => group === 0).map(({ entry }) => entry)).toContain(0);
  });

  it("says where nothing is stored to measure", () => {
    const breadth = judged(exact, measure(exact, []));
    expect(breadth.level).toBe("narrow");
    expect(breadth.reasons.at(-1)?.text).toContain("No alert of these rules is stored");
    expect(judged(exact, measure(exact, [], 3)).reasons.at(-1)?.text).toContain("none of the 3 stored alerts");
  });

  it("counts values exactly up to a bound, and then says that there are more", () => {
    const allowance = distinctAllowance();
    const counted = new Distinct(allowance);
    for (let index = 0; index < 10_000; index += 1) {
      counted.add(distinctKey(`Value ${index}`));
      counted.add(distinctKey(`value ${index}`));
    }
    expect(counted.count()).toEqual({ count: 10_000 });
    counted.add("one more");
    expect(counted.count()).toEqual({ count: 10_000, isMore: true });
    allowance.left = 1;
    const late = new Distinct(allowance);
    late.add(distinctKey("a".repeat(5_000)));
    late.add("b");
    expect(late.count()).toEqual({ count: 1, isMore: true });
  });
});

describe("the measured breadth of stored data", () => {
  let world: WorkbenchStore;
  beforeAll(async () => {
    world = await openWorkbenchStore();
    await world.take({ sampleAt: noon });
  });
  afterAll(() => world.close());

  async function ofRule(id: string): Promise<readonly AlertRecord[]> {
    return (await world.store.alerts.find({ ruleIds: [id], limit: 500 })).items;
  }

  it("refuses the program of all alerts of a rule by its hash", async () => {
    const id = "24869767-8579-485d-9a4f-d9ddfd8f0cac";
    const alerts = await ofRule(id);
    const [first] = alerts.filter(({ fields }) => String(fields["process.command_line"]).includes("whoami"));
    const hash = String(first?.fields["process.hash.sha256"]);
    const draft: ExceptionDraft = {
      ...{ name: "cmd", reason: "", ruleIds: [id], mode: "enforced" },
      entries: [match("process.hash.sha256", hash), match("host.name", first?.host ?? "")],
    };
    const run = await dryRun(world.store, world.rules, draft, () => noon);
    expect(run.breadth.level).toBe("refused");
    expect(run.measured?.alerts).toBe(alerts.length);
    expect(run.measured?.together.alerts).toBe(run.totals.closesNow + run.totals.wouldHide);
    expect(run.measured?.entries[0]?.events).toBeGreaterThanOrEqual(run.measured?.together.events ?? 0);
    expect(run.measured?.entries[1]).not.toHaveProperty("events");
    const all = (await world.store.alerts.countsByRule()).reduce((sum, one) => sum + one.alerts, 0);
    expect(run.measured?.together.allShare).toBeCloseTo((run.measured?.together.alerts ?? 0) / all);
  });
});
