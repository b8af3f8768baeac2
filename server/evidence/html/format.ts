import type { Account } from "#contracts/account";
import { type Decoded, decodingSteps } from "#contracts/decoding";
import type { SourceRef } from "#contracts/event";
import { recordLabel } from "#contracts/event-source";
import type { AnswerValue } from "#contracts/playbook";
import { accountLabel } from "../../alert/account-label.ts";
import { type Html, html, lines } from "./markup.ts";

/** How values are written: the same on every machine, whatever its language and time zone. */

/** `2026-03-04 10:15:22.123`; all times of a bundle are in UTC. */
export function time(iso: string | undefined): Html | undefined {
  return iso === undefined ? undefined : html`<time>${iso.replace("T", " ").replace("Z", "")}</time>`;
}

export function count(number: number, one: string, several = `${one}s`): string {
  return `${String(number).replace(/\B(?=(\d{3})+$)/g, ",")} ${number === 1 ? one : several}`;
}

export function duration(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  const units = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at === -1) {
    return "less than a second";
  }
  const [first, second] = units.slice(at, at + 2);
  const [name, size] = first ?? ["second", 1];
  const whole = Math.floor(seconds / size);
  const rest = second === undefined ? 0 : Math.floor((seconds % size) / second[1]);
  return rest === 0 || second === undefined ? count(whole, name) : `${count(whole, name)} ${count(rest, second[0])}`;
}

export const user = (account: Account | undefined): string | undefined => account && accountLabel(account);

export const answerWords: Readonly<Record<AnswerValue, string>> = {
  raises: "raises concern",
  lowers: "lowers concern",
  unresolved: "unresolved",
  "not-applicable": "not applicable",
};

/** Where a record came from: enough for a second person to find it again. */
export function sourceText(source: SourceRef): string {
  const { file, offset, recordId, channel } = source;
  return [
    recordLabel(source),
    ...(channel === undefined ? [] : [`channel ${channel}`]),
    ...(recordId === undefined ? [] : [`record ${recordId}`]),
    file,
    ...(offset === undefined ? [] : [`byte ${offset}`]),
  ].join(" · ");
}

/** What is encoded in a command line, marked as decoded. */
export function decodedText(decoded: Decoded | undefined): Html | undefined {
  return (
    decoded &&
    html`${decoded.decodings.map(
      ({ steps, text, cut }) =>
        html`<div class="decoded"><b>Decoded from ${steps.map((step) => decodingSteps[step]).join(", ")}</b>
<pre>${lines(text)}${cut ? "… (cut: more is encoded)" : ""}</pre></div>`,
    )}${decoded.undecoded.map(
      ({ reason, limit }) => html`<div class="decoded"><b>Not decoded: ${reason}, ${limit}</b></div>`,
    )}`
  );
}

/** A list of facts. Those without a value are left out. */
export function facts(rows: readonly (readonly [name: string, value: Html | string | number | undefined])[]): Html {
  return html`<dl>${rows
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Why there is nothing to list. */
export const none = (why: string): Html => html`<p class="none">${why}</p>`;
