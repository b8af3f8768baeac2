import type { BundleSections } from "#contracts/bundle";
import type { IncidentQuestion } from "#contracts/incident";
import type { Answer, Evidence } from "#contracts/playbook";
import { recordLink } from "./alerts.ts";
import { answerWords, count, none, time } from "./format.ts";
import { type Html, html, lines } from "./markup.ts";
import type { Anchors } from "./processes.ts";

/** The verdict with its reasons, and the questions with their answers and evidence. */

export function verdictHtml({ verdict, reasons, flips, questions, withoutPlaybook }: BundleSections["answers"]): Html {
  const texts = new Map(questions.map(({ id, text, subject }) => [id, `${text} (${subject})`]));
  const byQuestion = [...Map.groupBy(flips, ({ question, outcome }) => JSON.stringify([question, outcome])).values()];
  return html`<div class="verdict ${verdict.outcome}"><p><span class="badge ${verdict.outcome}">${verdict.outcome}</span> ${verdict.text}</p>
<p class="soft">${verdict.answered} of ${count(verdict.required, "required question")} answered${withoutPlaybook > 0 ? `; ${count(withoutPlaybook, "alert")} without a playbook` : ""}. The verdict is derived from the answers, never set by hand.</p></div>
${
  reasons.length > 0 &&
  html`<h3>Why</h3><ul>${reasons.map(({ outcome, text, alerts }) => html`<li>${count(alerts, "alert")} <span class="${outcome}">${outcome}</span>: ${text}</li>`)}</ul>`
}
<h3>What would change it</h3>
${
  byQuestion.length === 0
    ? none("No single answer would change the verdict.")
    : html`<ul>${byQuestion.map(([first, ...others]) =>
        first === undefined
          ? ""
          : html`<li>“${[first, ...others].map(({ to }) => answerWords[to]).join("” or “")}” to: ${texts.get(first.question)} would make it <b>${first.outcome}</b>.</li>`,
      )}</ul>`
}`;
}

export function questionsHtml(questions: readonly IncidentQuestion[], anchors: Anchors): Html {
  return questions.length === 0
    ? none("No playbook asks a question about these alerts.")
    : html`${questions.map((question, index) => questionHtml(question, index + 1, anchors))}`;
}

/** An answer is given for several processes at once; each answer is printed once, with the processes it holds for. */
function questionHtml(question: IncidentQuestion, number: number, anchors: Anchors): Html {
  const groups = [...Map.groupBy(question.processes, ({ answer }) => answerKey(answer)).values()];
  return html`<article id="question-${number}"><h3>${number}. ${question.text}</h3>
<p class="soft">${question.subject}${question.required ? " · required" : " · optional"}${question.anchor ? " · needed to close as benign" : ""}</p>
${groups.map((processes) => {
  const answer = processes[0]?.answer;
  const of = processes.map(
    ({ name, pid, host }) => `${name ?? "process"}${pid === undefined ? "" : ` ${pid}`} on ${host}`,
  );
  const holds =
    of.length > 12
      ? html`<details><summary>for ${count(of.length, "process", "processes")}</summary>${of.join("; ")}</details>`
      : html`<p class="soft">for ${of.join("; ")}</p>`;
  return answer === undefined
    ? html`<p><b>Not answered</b></p>${holds}`
    : html`<p><b class="${answer.value}">${answerWords[answer.value]}</b> · ${answer.actor}, ${time(answer.at)}${answer.proposal !== undefined && ` · as proposed by ${answer.proposal.by}`}</p>${holds}${suggestionHtml(answer)}
${answer.note !== "" && html`<blockquote>${lines(answer.note)}</blockquote>`}${evidenceHtml(answer.evidence, anchors)}${attachmentsHtml(answer.attachments, anchors)}`;
})}</article>
`;
}

/** What the evidence suggested, where the answer contradicts it. */
function suggestionHtml({ conflict, suggested }: Answer): Html | undefined {
  return conflict === true && suggested !== undefined
    ? html`<p><b>Against the suggestion:</b> ${answerWords[suggested.value]}. ${lines(suggested.because.join(" "))}</p>`
    : undefined;
}

const answerKey = (answer: Answer | undefined): string =>
  answer === undefined
    ? ""
    : JSON.stringify([
        answer.value,
        answer.note,
        answer.actor,
        answer.at,
        answer.evidence,
        answer.attachments,
        answer.conflict,
        answer.suggested,
      ]);

function evidenceHtml(evidence: readonly Evidence[], anchors: Anchors): Html {
  return evidence.length === 0
    ? html`<p class="soft">No evidence was pinned.</p>`
    : html`<ul>${evidence.map(
        ({ kind, id, label }) =>
          html`<li>${kind}: <code>${lines(label)}</code>${kind === "event" && html` (${recordLink(id, anchors)})`}${
            kind === "alert" && anchors.alerts.has(id) && html` (<a href="#alert-${anchors.alerts.get(id)}">alert</a>)`
          }</li>`,
      )}</ul>`;
}

/** Names the pasted texts, which are in a section of their own: one can be attached to many answers. */
function attachmentsHtml(attachments: Answer["attachments"], anchors: Anchors): Html | undefined {
  return (
    attachments &&
    html`<ul>${attachments.map(({ title, source, sha256, bytes }) => {
      const number = anchors.attachments.get(sha256);
      return html`<li>pasted: ${lines(title)}${source !== undefined && html`, of ${lines(source)}`}, ${count(bytes, "byte")}, SHA-256 <span class="mono">${sha256}</span> (${number === undefined ? "left out of this file" : html`<a href="#attachment-${number}">text</a>`})</li>`;
    })}</ul>`
  );
}

/** The texts that people pasted, as they were pasted. Stemma can say that they were not changed since, and no more. */
export function attachedTextsHtml(texts: NonNullable<BundleSections["attachments"]>): Html {
  return html`<p class="soft">Results from outside of Stemma that analysts pasted to their answers.</p>${texts.map(
    ({ sha256, bytes, text }, index) =>
      html`<details id="attachment-${index + 1}"><summary>${index + 1}. ${count(bytes, "byte")}, SHA-256 <span class="mono">${sha256}</span></summary><pre>${lines(text.replaceAll("\r\n", "\n"))}</pre></details>`,
  )}`;
}
