import type { BundledAlert, BundleSections } from "#contracts/bundle";
import { count, none, time, user } from "./format.ts";
import { type Html, html, lines } from "./markup.ts";
import type { Anchors } from "./processes.ts";

/** The alerts with why each fired, and the rules that raised them. */

export function alertsHtml(alerts: readonly BundledAlert[], anchors: Anchors): Html {
  return html`${alerts.map((alert, index) => alertHtml(alert, index + 1, anchors))}`;
}

/** The alerts of each rule together: when, on which hosts. */
export function byRuleHtml(alerts: readonly BundledAlert[]): Html {
  const groups = [...Map.groupBy(alerts, ({ rule, severity }) => JSON.stringify([rule.id, severity])).values()];
  return html`<h3>Alerts by rule, in order of time</h3>
<table class="wide"><thead><tr><th>First (UTC)</th><th>Severity</th><th>Rule</th><th>Alerts</th><th>Hosts</th></tr></thead><tbody>${groups.map(
    (of) =>
      html`<tr><td>${time(of[0]?.time)}</td><td class="keep">${of[0]?.severity}</td><td>${of[0]?.rule.name}</td><td>${count(of.length, "alert")}</td><td>${[...new Set(of.map(({ host }) => host))].join(", ")}</td></tr>
`,
  )}</tbody></table>`;
}

function alertHtml(alert: BundledAlert, number: number, anchors: Anchors): Html {
  const { rule, severity, status, closeReason, host, process, matched, techniques, outcome } = alert;
  const parts = matched.filter((part) => part.outcome);
  return html`<article id="alert-${number}"><h3><span class="badge ${severity}">${severity}</span> ${number}. ${rule.name}</h3>
<p>${time(alert.time)} · ${host}${alert.user !== undefined && ` · ${user(alert.user)}`}${process.name !== undefined && ` · ${process.name}`}${process.pid !== undefined && ` (${process.pid})`} · ${status}${closeReason !== undefined && ` as ${closeReason}`}${alert.overridden === true && " against the verdict"}${outcome !== undefined && ` · its answers: ${outcome}`}${techniques.map(({ id, name }) => ` · ${id} ${name}`)}</p>
${process.commandLine !== undefined && html`<pre>${lines(process.commandLine)}</pre>`}
${alert.message !== rule.name && alert.message !== "" && html`<p>${lines(alert.message)}</p>`}
${parts.length === 0 ? none("Its rule is not loaded any more, so why it fired cannot be shown.") : matchedHtml(parts)}
<p class="soft">Raised on ${count(alert.events.length, "event")}: ${alert.events.map((id, index) => [index > 0 && ", ", recordLink(id, anchors)])} · detected ${time(alert.detectedAt)} · alert <span class="mono">${alert.id}</span></p></article>
`;
}

function matchedHtml(parts: BundledAlert["matched"]): Html {
  return html`<details><summary>Why it fired: ${count(parts.length, "part")} of the rule matched</summary><table class="wide"><thead><tr><th>Part of the rule</th><th>Value</th></tr></thead><tbody>${parts.map(
    ({ of, text, values }) =>
      html`<tr><td><code>${of !== undefined && `${of}: `}${lines(text)}</code></td><td><code>${values.map((value, index) => [index > 0 && ", ", lines(value)])}</code></td></tr>
`,
  )}</tbody></table></details>`;
}

/** A link to a source record, if the bundle has it. */
export function recordLink(eventId: string, { records }: Anchors): Html {
  const number = records.get(eventId);
  return number === undefined
    ? html`<span class="mono">${eventId}</span> (left out)`
    : html`<a href="#record-${number}">record ${number}</a>`;
}

export function rulesHtml(rules: BundleSections["rules"]): Html {
  return html`${rules.map(
    ({ id, name, version, language, alerts, loaded, versions }) => html`<article><h3>${name}</h3>
<p>${count(alerts, "alert")} · ${language} · version ${version} · rule <span class="mono">${id}</span></p>
${
  loaded === undefined
    ? none("The rule is not loaded any more; the texts that ran here are known by their hashes.")
    : html`<p>${lines(loaded.description)}</p>
<details><summary>Query, from ${loaded.source}${loaded.license !== undefined && ` (${loaded.license})`}</summary><pre>${lines(loaded.query)}</pre>${
        loaded.falsePositives.length > 0 &&
        html`<p>Known false positives:</p><ul>${loaded.falsePositives.map((one) => html`<li>${lines(one)}</li>`)}</ul>`
      }${
        loaded.references.length > 0 &&
        html`<p>References:</p><ul>${loaded.references.map((one) => html`<li>${one}</li>`)}</ul>`
      }</details>`
}
${versions.map(
  (one) =>
    html`<p class="soft">Version ${one.version}, text <span class="mono hash">${one.hash}</span>, ran from ${time(one.firstSeen)} to ${time(one.lastSeen)}</p>`,
)}</article>
`,
  )}`;
}
