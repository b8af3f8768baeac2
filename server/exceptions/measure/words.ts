import type { CoveredActivity, DistinctCount } from "#contracts/exception-breadth";

/** What is covered, in plain words: "12 command lines by 4 users on 50 hosts; 97 % of the alerts of these rules". */
export function coverageWords({ alerts, ruleShare, templates, users, hosts, rules }: CoveredActivity): string {
  const activity = [
    counted(templates, "kind of command line", "kinds of command lines"),
    ...(users.count === 0 ? [] : [`by ${counted(users, "user")}`]),
    `on ${counted(hosts, "host")}`,
  ];
  const share =
    ruleShare === undefined
      ? ""
      : `; ${percent(ruleShare)} of the alerts of ${rules.count > 1 ? "these rules" : "this rule"} (${number(alerts)})`;
  return `${(templates.count === 0 ? activity.slice(1) : activity).join(" ")}${share}`;
}

export function counted({ count, isMore }: DistinctCount, one: string, several = `${one}s`): string {
  return `${isMore === true ? "more than " : ""}${number(count)} ${count === 1 && isMore !== true ? one : several}`;
}

export function number(value: number): string {
  return value.toLocaleString("en");
}

function percent(share: number): string {
  const rounded = Math.round(share * 100);
  return `${rounded === 0 && share > 0 ? "under 1" : rounded === 100 && share < 1 ? "over 99" : rounded} %`;
}
