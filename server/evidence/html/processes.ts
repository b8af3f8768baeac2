import type { BundledProcess, BundleSections } from "#contracts/bundle";
import { count, decodedText, none, time, user } from "./format.ts";
import { type Html, html, lines } from "./markup.ts";

/** The process tree as nested lists, host by host, and what leads from host to host. */

/** Anchors of alerts and source records by id. They are numbers, so that no value of a log is in an attribute. */
export interface Anchors {
  readonly alerts: ReadonlyMap<string, number>;
  readonly records: ReadonlyMap<string, number>;
  readonly attachments: ReadonlyMap<string, number>;
}

const roleWords: Readonly<Record<BundledProcess["role"], string | undefined>> = {
  alert: undefined,
  ancestor: undefined,
  descendant: undefined,
  related: "for comparison",
  evidence: "pinned as evidence",
};

export function processesHtml(
  { nodes, sessions, links, truncations }: BundleSections["processes"],
  anchors: Anchors,
): Html {
  if (nodes.length === 0) {
    return none("No alert of this incident names a process that is known.");
  }
  const known = new Map(nodes.map((node) => [node.key, node]));
  const children = Map.groupBy(
    nodes.filter(({ parent }) => parent !== undefined && known.has(parent.key)),
    ({ parent }) => parent?.key ?? "",
  );
  const roots = nodes.filter(({ parent }) => parent === undefined || !known.has(parent.key));
  const byHost = [...Map.groupBy(roots, ({ host }) => host)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const names = new Map(sessions.map((session) => [session.key, session]));
  return html`${links.length > 0 && linksHtml(links)}
${byHost.map(
  ([host, of]) => html`<h3>${host}</h3>
<ul class="tree">${of.toSorted(byStart).map((root) => treeOf(root, children, anchors))}</ul>`,
)}
${sessions.length > 0 && sessionsHtml([...names.values()])}
${truncations.map(
  ({ relation, shown, total, why }) =>
    html`<p class="note">Of ${relation}, ${shown} of ${total} are shown: ${why}.</p>`,
)}`;
}

const byStart = (a: BundledProcess, b: BundledProcess) =>
  (a.start ?? "") < (b.start ?? "") ? -1 : (a.start ?? "") > (b.start ?? "") ? 1 : a.key < b.key ? -1 : 1;

/** Depth first, without recursion: a chain of processes can be longer than the stack. */
function treeOf(
  root: BundledProcess,
  children: ReadonlyMap<string, readonly BundledProcess[]>,
  anchors: Anchors,
): Html {
  const parts: string[] = [];
  const todo: ({ readonly node: BundledProcess } | { readonly end: string })[] = [{ node: root }];
  const seen = new Set<string>();
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if ("end" in next) {
      parts.push(next.end);
      continue;
    }
    const { node } = next;
    if (seen.has(node.key)) {
      continue;
    }
    seen.add(node.key);
    const below = (children.get(node.key) ?? []).toSorted(byStart);
    parts.push(node.role === "alert" ? '<li class="on">' : "<li>", nodeHtml(node, anchors).html);
    if (below.length === 0) {
      parts.push("</li>\n");
    } else {
      parts.push("<ul>\n");
      todo.push({ end: "</ul></li>\n" }, ...below.toReversed().map((child) => ({ node: child })));
    }
  }
  return { html: parts.join("") };
}

function nodeHtml(node: BundledProcess, anchors: Anchors): Html {
  const { name, executable, pid, start, end, parent, placeholder, commandLine, alerts, role } = node;
  const marks = alerts.flatMap(({ id, ruleName, severity }) => {
    const anchor = anchors.alerts.get(id);
    return anchor === undefined ? [] : [html` <a class="${severity}" href="#alert-${anchor}">● ${ruleName}</a>`];
  });
  return html`<span class="process">${name ?? executable ?? "unnamed process"}${pid !== undefined && html` <span class="mono">${pid}</span>`}</span>
<span class="soft">${user(node.user)} ${time(start)}${end !== undefined && html` to ${time(end)}`}${placeholder ? " · no start record" : ""}${
    parent !== undefined && parent.certainty !== "exact" ? ` · parent ${parent.certainty}: ${parent.why}` : ""
  }${parent?.chosen !== undefined && ` · parent chosen by ${parent.chosen.by}`}${
    roleWords[role] !== undefined && ` · ${roleWords[role]}`
  }</span>${marks}${commandLine !== undefined && html`<code class="command">${lines(commandLine)}</code>`}${decodedText(node.decoded)}`;
}

type Link = BundleSections["processes"]["links"][number];

const bases: Readonly<Record<Link["basis"], string>> = {
  connection: "a connection",
  explicit: "explicit credentials",
  account: "the account",
};

function linksHtml(links: BundleSections["processes"]["links"]): Html {
  return html`<h3>From host to host</h3>
<table class="wide"><thead><tr><th>Time (UTC)</th><th>From</th><th>To</th><th>Account</th><th>How it is known</th></tr></thead><tbody>${links.map(
    ({ time: at, from, to, user: account, basis, certainty, why }) =>
      html`<tr><td>${time(at)}</td><td class="keep">${from.host}</td><td class="keep">→ ${to.host}</td><td class="keep">${user(account)}</td><td>${certainty}, by ${bases[basis]}: ${why}</td></tr>
`,
  )}</tbody></table>`;
}

function sessionsHtml(sessions: BundleSections["processes"]["sessions"]): Html {
  return html`<details><summary>${count(sessions.length, "logon session")} of these processes</summary>
<table class="wide"><thead><tr><th>Host</th><th>Logon id</th><th>Account</th><th>Type</th><th>Opened (UTC)</th><th>From</th></tr></thead><tbody>${sessions.map(
    (session) =>
      html`<tr><td class="keep">${session.host}</td><td class="mono keep">${session.logonId}</td><td>${user(session.user)}</td><td>${session.logonTypeName ?? session.logonType}</td><td>${time(session.opened) ?? "not recorded"}</td><td>${session.sourceHost} ${session.sourceIp}</td></tr>
`,
  )}</tbody></table></details>`;
}
