import type { Bundle, BundledRecord, BundleSections } from "#contracts/bundle";
import { canonicalJson } from "../../lib/canonical-json.ts";
import { recordLink } from "./alerts.ts";
import { count, none, sourceText, time } from "./format.ts";
import { type Html, html, lines } from "./markup.ts";
import type { Anchors } from "./processes.ts";

/** What happened when, what the logs cover, the records themselves, and what people changed. */

export function timelineHtml({ items, kinds }: BundleSections["timeline"], anchors: Anchors): Html {
  return items.length === 0
    ? none("No event of these processes is stored.")
    : html`<p class="soft">${count(items.length, "event")}: ${kinds.map(({ kind, count: number }) => `${number} ${kind}`).join(", ")}. Events on which an alert was raised are marked ●.</p>
<table class="wide"><thead><tr><th>Time (UTC)</th><th>Host</th><th>Kind</th><th>What happened</th><th>Process</th></tr></thead><tbody>${items.map(
        ({ id, time: at, host, kind, summary, process, target, alerts }) =>
          html`<tr><td>${time(at)}</td><td class="keep">${host}</td><td class="keep">${kind}</td><td>${alerts.map(({ id: alert, ruleName, severity }) => alertMark(alert, ruleName, severity, anchors))}<code>${summary}</code>${anchors.records.has(id) && html` (${recordLink(id, anchors)})`}</td><td class="keep">${process.name} <span class="mono">${process.pid}</span>${target !== undefined && html` → ${target.name} <span class="mono">${target.pid}</span>`}</td></tr>
`,
      )}</tbody></table>`;
}

function alertMark(id: string, ruleName: string, severity: string, { alerts }: Anchors): Html {
  const number = alerts.get(id);
  return number === undefined
    ? html`<span class="${severity}">● ${ruleName}</span> `
    : html`<a class="${severity}" href="#alert-${number}">● ${ruleName}</a> `;
}

export function coverageHtml(coverage: BundleSections["coverage"], { from, to }: BundleSections["incident"]): Html {
  const meaning = ({ within, from: first, to: last }: BundleSections["coverage"][number]): string => {
    if (within > 0) {
      return "data in it";
    }
    return first !== undefined && last !== undefined && first <= to && last >= from
      ? "data before or after, none in it: it may have been silent"
      : "no data: an event could not have been seen";
  };
  return coverage.length === 0
    ? none("Nothing is stored from the hosts of this incident but the alerts.")
    : html`<p class="soft">What the stored logs cover between the first and the last alert. A log that is not in the table was not collected: that nothing of it is listed says nothing.</p>
<table class="wide"><thead><tr><th>Host</th><th>Log</th><th>First event (UTC)</th><th>Last event (UTC)</th><th>Events</th><th>Between the alerts</th><th>Meaning</th></tr></thead><tbody>${coverage.map(
        (one) =>
          html`<tr><td class="keep">${one.host}</td><td class="keep">${one.source}</td><td>${time(one.from)}</td><td>${time(one.to)}</td><td>${one.events}</td><td>${one.within}</td><td>${meaning(one)}</td></tr>
`,
      )}</tbody></table>`;
}

export function recordsHtml(records: readonly BundledRecord[]): Html {
  return records.length === 0
    ? none("No source record is stored.")
    : html`${records.map(
        ({ eventId, time: at, host, source, of, record, sha256 }, index) =>
          html`<details id="record-${index + 1}"><summary>${index + 1}. ${time(at)} ${host} · ${sourceText(source)}</summary>
<p class="soft">Evidence of: ${of.join(", ")} · event <span class="mono">${eventId}</span> · SHA-256 <span class="mono hash">${sha256}</span></p>
<pre>${lines(rawText(record))}</pre></details>
`,
      )}`;
}

function rawText(record: unknown): string {
  return typeof record === "string" ? record : (JSON.stringify(record, undefined, 2) ?? "");
}

export function exceptionsHtml(exceptions: BundleSections["exceptions"]): Html {
  return exceptions.length === 0
    ? none("No exception applies to a rule of this incident, so none can have hidden a part of it.")
    : html`${exceptions.map(
        ({ why, exception: one }) => html`<article><h3>${one.name}</h3>
<p>${one.mode}${one.disabledAt !== undefined && html` · disabled ${time(one.disabledAt)}`}${one.expires !== undefined && html` · expires ${time(one.expires)}`} · ${one.createdBy}, ${time(one.createdAt)} · matched ${count(one.hits, "time")}${one.lastHit !== undefined && html`, last ${time(one.lastHit)}`}</p>
<p>${why.includes("written-from") ? "Written from an alert of this incident. " : ""}${why.includes("same-rule") ? "It applies to a rule of this incident: what it matches raises no alert." : ""}</p>
${one.reason !== "" && html`<blockquote>${lines(one.reason)}</blockquote>`}
<ul>${one.entries.map((entry) => html`<li><code>${lines(canonicalJson(entry))}</code></li>`)}</ul></article>
`,
      )}`;
}

/** A link to an alert, if the bundle has it. */
function alertLink(id: string, { alerts }: Anchors): Html {
  const number = alerts.get(id);
  return number === undefined
    ? html`alert <span class="mono">${id}</span>`
    : html`<a href="#alert-${number}">alert <span class="mono">${id}</span></a>`;
}

export function historyHtml(history: BundleSections["incident"]["history"], anchors: Anchors): Html {
  return html`<table class="wide"><thead><tr><th>Time (UTC)</th><th>Who</th><th>What</th></tr></thead><tbody>${history.map(
    ({ at, alert, change, work }) =>
      html`<tr><td>${time(at)}</td><td class="keep">${work?.actor ?? change?.actor ?? "stemma"}</td><td>${
        work !== undefined
          ? lines(work.text)
          : change === undefined
            ? html`alert raised: ${alert?.ruleName} on ${alert?.host}`
            : html`${alert?.ruleName} on ${alert?.host}: ${change.incident ?? `${change.from} → ${change.to}`}${change.reason !== undefined && ` as ${change.reason}`}${change.duplicateOf !== undefined && html` of ${alertLink(change.duplicateOf, anchors)}`}${change.overridden === true && html`, <b>against the verdict</b>`}${change.note !== undefined && change.note !== "" && html`: ${lines(change.note)}`}`
      }</td></tr>
`,
  )}</tbody></table>`;
}

export function auditHtml({ records, trail }: BundleSections["audit"]): Html {
  const state = trail.intact
    ? `When the bundle was made, the whole trail of ${count(trail.checked, "record")} was intact.`
    : `When the bundle was made, the trail was broken at record ${trail.brokenAt}: changes of people may be missing or altered.`;
  return html`<p class="${trail.intact ? "soft" : "failed"}">${state}${trail.head !== undefined && html` Its end was record ${trail.head.sequence}, <span class="mono hash">${trail.head.hash}</span>.`}</p>
${
  records.length === 0
    ? none("Nobody has changed anything about this incident.")
    : html`<table class="wide"><thead><tr><th>Record</th><th>Time (UTC)</th><th>Who</th><th>What</th><th>Hash</th></tr></thead><tbody>${records.map(
        ({ sequence, at, actor, origin, action, subject, before, after, hash }) =>
          html`<tr><td>${sequence}</td><td>${time(at)}</td><td class="keep">${actor}${origin !== undefined && html`<br><span class="soft">${origin.method}</span>`}</td><td>${action} <span class="soft">${subject.kind} ${subject.id}</span>${valueHtml("before", before)}${valueHtml("after", after)}</td><td class="mono hash">${hash}</td></tr>
`,
      )}</tbody></table>`
}`;
}

/** Longer values are folded; they are printed all the same. */
const SHORT = 200;

function valueHtml(name: string, value: unknown): Html | undefined {
  const text = value === undefined ? "" : canonicalJson(value);
  const code = html`<code>${lines(text)}</code>`;
  return text === ""
    ? undefined
    : text.length <= SHORT
      ? html`<div>${name} ${code}</div>`
      : html`<details><summary>${name}</summary>${code}</details>`;
}

export function hashesHtml({ hashes, omitted }: Bundle): Html {
  return html`<p>This bundle is <span class="mono hash">${hashes.bundle}</span>. Note that down, or send it on another way: whoever gets the file can compare it.</p>
<table><thead><tr><th>Section</th><th>SHA-256</th></tr></thead><tbody>${Object.entries(hashes.sections)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, hash]) => html`<tr><td>${name}</td><td class="mono hash">${hash}</td></tr>
`,
    )}</tbody></table>
<h3>What was left out</h3>
${
  omitted.length === 0
    ? html`<p>Nothing.</p>`
    : html`<ul>${omitted.map(({ what, shown, total, why }) => html`<li>${shown} of ${total} ${what}. ${why}</li>`)}</ul>`
}
<h3>How to check it</h3>
<p><code>stemma verify FILE</code> needs neither a server nor a store. It computes all hashes again, from the source records to that of the bundle, checks the audit records and that answers refer to evidence in the file, and prints the page again from the data in it: whatever was changed in either is named with its place.</p>
<p>It does not prove who made the file. Whoever can change data, page and hashes together can make another bundle that is consistent in itself. Compare the hash above with one that came another way; <code>--audit-head</code> compares the end of the audit trail with one that was noted, and <code>--db</code> the whole with the store.</p>`;
}
