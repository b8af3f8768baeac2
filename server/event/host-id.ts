import type { Fields } from "#contracts/event";
import { textOf } from "./event.ts";
import { hostName } from "./values.ts";

/** The name and id that records without a host share, so that rules which follow a host work on files without one. */
export const UNKNOWN_HOST = "unknown";

/**
 * The id of a host known only by its name: the whole name, so that hosts of two domains that share their first label
 * stay apart.
 */
export function hostIdOfName(computer: string): string {
  const name = hostName(computer);
  return name === "" ? UNKNOWN_HOST : name;
}

/**
 * The id of a document's host: its own, else that of its agent, unless the agent ran elsewhere and collected forwarded
 * events, else that of its name.
 */
export function hostIdOfDocument(document: Fields): string {
  const own = given(document, "host.id");
  if (own !== undefined) {
    return own;
  }
  const host = nameOf(document);
  const agent = given(document, "agent.id");
  return agent === undefined || ranElsewhere(document, host) ? hostIdOfName(host) : agent;
}

function nameOf(document: Fields): string {
  return (
    given(document, "winlog.computer_name") ?? given(document, "host.name") ?? given(document, "host.hostname") ?? ""
  );
}

function ranElsewhere(document: Fields, host: string): boolean {
  const agent = given(document, "agent.name") ?? given(document, "agent.hostname");
  const forwarded = textOf(document, "winlog.channel")?.toLowerCase() === "forwardedevents";
  return forwarded || (agent !== undefined && host !== "" && firstLabel(agent) !== firstLabel(host));
}

function firstLabel(name: string): string {
  return hostName(name).split(".", 1)[0] ?? "";
}

function given(document: Fields, name: string): string | undefined {
  const text = textOf(document, name);
  return text === "" || text === "-" ? undefined : text;
}
