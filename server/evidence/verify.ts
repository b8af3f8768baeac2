import { hash } from "node:crypto";
import type { AuditRecord } from "#contracts/audit";
import {
  type Bundle,
  type BundleCheck,
  bundleDataEnd,
  bundleDataStart,
  bundleLayout,
  bundle as bundleSchema,
  bundleVersion,
} from "#contracts/bundle";
import { auditHash } from "../store/audit/chain.ts";
import type { AuditHead } from "../store/audit/port.ts";
import { bundlePage } from "./html/page.ts";
import { bundleHashes, bundleText, valueHash, wholeHash } from "./seal.ts";

/** What was found about a file. */
export interface Verification {
  readonly ok: boolean;
  readonly kind: "html" | "json";
  readonly checks: readonly BundleCheck[];
  /** The bundle, if the file is one. */
  readonly bundle?: Bundle;
}

/**
 * Checks a file of a bundle without anything else: that it is whole, that it says the same everywhere, and that its
 * hashes are those of its content. It cannot tell who made it. See docs/decisions/0067.
 */
export function verifyBundle(bytes: Uint8Array, noted?: AuditHead): Verification {
  const text = textOf(bytes);
  const kind = text !== undefined && /^\s*[{[]/.test(text) ? "json" : "html";
  const read = text === undefined ? notText : documentIn(text, kind);
  if (typeof read === "string") {
    return { ok: false, kind, checks: [{ name: "format", state: "failed", text: read }] };
  }
  const { bundle } = read;
  const checks = [
    ok(
      "format",
      `A bundle of version ${bundleVersion}, made ${bundle.made.at} by ${bundle.made.by} with ${bundle.made.with}.`,
    ),
    ...sectionChecks(bundle),
    ...recordChecks(bundle),
    ...answerChecks(bundle),
    ...attachmentChecks(bundle),
    ...auditChecks(bundle.sections.audit.records),
    textCheck(read, kind, text ?? ""),
    ...(noted === undefined ? [] : [headCheck(bundle, noted)]),
  ];
  return { ok: isWhole(checks), kind, checks, bundle };
}

/** A page that could not be compared with its data may say anything, so it does not pass. */
export function isWhole(checks: readonly BundleCheck[]): boolean {
  return checks.every(({ name, state }) => state === "ok" || (state === "not-checked" && name !== "page"));
}

const notText = "The file is not a text in UTF-8.";

const ok = (name: BundleCheck["name"], text: string): BundleCheck => ({ name, state: "ok", text });
const failed = (name: BundleCheck["name"], text: string, at?: string): BundleCheck => ({
  ...{ name, state: "failed", text },
  ...(at !== undefined && { at }),
});

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The document of a file, or why there is none. */
function documentIn(text: string, kind: Verification["kind"]): { readonly bundle: Bundle } | string {
  let json = text;
  if (kind === "html") {
    const [, data, ...more] = text.split(bundleDataStart);
    const end = data?.indexOf(bundleDataEnd) ?? -1;
    if (data === undefined || end === -1 || more.length > 0) {
      return "The file is not a bundle: it has not exactly one block of data.";
    }
    json = data.slice(0, end);
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return `The data cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  const parsed = bundleSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `Not a bundle of version ${bundleVersion}: ${issue?.path.join(".")}: ${issue?.message}`;
  }
  // As it was read: the schema leaves out what it does not know, which hashes cover too.
  return { bundle: value as Bundle };
}

function sectionChecks({ hashes, ...document }: Bundle): readonly BundleCheck[] {
  const computed = bundleHashes(document);
  const names = [...new Set([...Object.keys(computed.sections), ...Object.keys(hashes.sections)])].sort();
  const wrong = names.filter((name) => computed.sections[name] !== hashes.sections[name]);
  const checks = wrong.map((name) => failed("sections", "A section was changed: its hash is another one.", name));
  if (wholeHash(document, hashes.sections) !== hashes.bundle) {
    const text = "The hash of the bundle is another one than that of its content.";
    return [...checks, failed("sections", text, "hashes.bundle")];
  }
  return checks.length > 0 ? checks : [ok("sections", `${names.length} sections; the bundle is ${hashes.bundle}.`)];
}

function recordChecks({ sections: { records } }: Bundle): readonly BundleCheck[] {
  const wrong = records.flatMap(({ record, sha256, eventId, source }, index) =>
    valueHash(record) === sha256
      ? []
      : [
          failed(
            "records",
            `Source record ${index + 1} (event ${eventId}, of ${source.file}) was changed.`,
            `records.${index}`,
          ),
        ],
  );
  return wrong.length > 0 ? wrong : [ok("records", `${records.length} source records have their hashes.`)];
}

/** Everything that answers name as evidence is in the bundle, unless that says that it was left out. */
function answerChecks({ sections: { answers, records, alerts, processes }, omitted }: Bundle): readonly BundleCheck[] {
  const has: Readonly<Record<string, { has(id: string): boolean }>> = {
    event: new Set(records.map(({ eventId }) => eventId)),
    alert: new Set(alerts.map(({ id }) => id)),
    process: new Set(processes.nodes.map(({ key }) => key)),
    session: new Set(processes.sessions.map(({ key }) => key)),
  };
  const given = answers.questions.flatMap(({ id, processes: of }) =>
    of.flatMap(({ answer }) => answer?.evidence.map((evidence) => ({ question: id, ...evidence })) ?? []),
  );
  const distinct = [...new Map(given.map((one) => [JSON.stringify([one.question, one.kind, one.id]), one])).values()];
  const lacking = distinct.filter(({ kind, id }) => has[kind]?.has(id) === false);
  if (lacking.length > 0 && omitted.length > 0) {
    const text = `${lacking.length} of ${distinct.length} pieces of evidence are not in the bundle, which was made with limits.`;
    return [{ name: "answers", state: "not-checked", text }];
  }
  return lacking.length === 0
    ? [ok("answers", `${distinct.length} pieces of evidence of answers are in the bundle.`)]
    : lacking.map(({ question, kind, id }) =>
        failed(
          "answers",
          `An answer names ${kind} ${id} as evidence, which the bundle does not have.`,
          `answers.${question}`,
        ),
      );
}

/** Each pasted text has its hash, and that of each attachment is in the bundle, unless it says that it was left out. */
function attachmentChecks({ sections: { answers, attachments: texts = [] }, omitted }: Bundle): readonly BundleCheck[] {
  const wrong = texts.flatMap(({ text, sha256, bytes }, index) =>
    hash("sha256", text, "hex") === sha256 && Buffer.byteLength(text) === bytes
      ? []
      : [failed("attachments", "A pasted text was changed: its hash or size is another one.", `attachments.${index}`)],
  );
  const has = new Set(texts.map(({ sha256 }) => sha256));
  const named = answers.questions.flatMap(({ id, processes }) =>
    processes.flatMap(({ answer }) => answer?.attachments?.map((one) => ({ question: id, ...one })) ?? []),
  );
  const lacking = named.filter(({ sha256 }) => !has.has(sha256));
  if (wrong.length > 0 || (lacking.length > 0 && omitted.length === 0)) {
    return [
      ...wrong,
      ...lacking.map(({ question, title, sha256 }) =>
        failed("attachments", `The pasted text “${title}” (${sha256}) is not in the bundle.`, `answers.${question}`),
      ),
    ];
  }
  if (lacking.length > 0) {
    const text = `${new Set(lacking.map(({ sha256 }) => sha256)).size} pasted texts are not in the bundle, which was made with limits.`;
    return [{ name: "attachments", state: "not-checked", text }];
  }
  return texts.length === 0 ? [] : [ok("attachments", `${texts.length} pasted texts have their hashes.`)];
}

/** Each record has its hash, they are in order, and those that follow each other are linked. */
function auditChecks(records: readonly AuditRecord[]): readonly BundleCheck[] {
  const wrong: BundleCheck[] = [];
  let linked = 0;
  for (const [index, record] of records.entries()) {
    const { hash, ...content } = record;
    const previous = records[index - 1];
    const at = `audit record ${record.sequence}`;
    if (auditHash(content) !== hash) {
      wrong.push(failed("audit", "The record was changed: its hash is another one.", at));
    }
    if (previous !== undefined && previous.sequence >= record.sequence) {
      wrong.push(failed("audit", "The records are not in order.", at));
    }
    if (previous !== undefined && previous.sequence === record.sequence - 1) {
      linked += 1;
      if (record.previousHash !== previous.hash) {
        wrong.push(failed("audit", "The record does not follow from the one before it.", at));
      }
    }
  }
  return wrong.length > 0
    ? wrong
    : [ok("audit", `${records.length} audit records have their hashes; ${linked} directly follow the one before.`)];
}

/** The file is, byte for byte, what its document is printed as. */
function textCheck({ bundle }: { readonly bundle: Bundle }, kind: Verification["kind"], text: string): BundleCheck {
  if (kind === "html" && bundle.made.layout !== bundleLayout) {
    const why = `The page has layout ${bundle.made.layout}, this version prints layout ${bundleLayout}: verify it with ${bundle.made.with}.`;
    return { name: "page", state: "not-checked", text: why };
  }
  const expected = kind === "html" ? bundlePage(bundle) : bundleText(bundle);
  if (expected === text) {
    return ok(
      "page",
      kind === "html" ? "The page says exactly what its data says." : "The file has nothing but its data.",
    );
  }
  const place = firstDifference(expected, text);
  const where = kind === "html" ? `line ${place.line}, in ${place.section}` : `line ${place.line}`;
  return failed(
    "page",
    `${kind === "html" ? "The page does not say what its data says" : "The text is not that of its data"}: “${place.found}” instead of “${place.expected}”.`,
    where,
  );
}

function firstDifference(expected: string, text: string) {
  let at = 0;
  while (at < expected.length && expected[at] === text[at]) {
    at += 1;
  }
  const before = expected.slice(0, at);
  const sections = before.slice(0, before.includes(bundleDataStart) ? 0 : undefined).match(/<section id="[a-z]+"/g);
  const section = /"([a-z]+)"/.exec(sections?.at(-1) ?? "")?.[1];
  const around = (from: string) => from.slice(Math.max(0, at - 20), at + 40).replaceAll("\n", " ");
  return {
    line: before.split("\n").length,
    section: section ?? (before.includes(bundleDataStart) ? "the data" : "the title"),
    expected: around(expected),
    found: around(text),
  };
}

/** Whether the trail of the bundle can be that of which somebody noted an end. */
function headCheck({ sections: { audit } }: Bundle, noted: AuditHead): BundleCheck {
  const { head } = audit.trail;
  const same = [...audit.records, ...(head === undefined ? [] : [head])].find(
    ({ sequence }) => sequence === noted.sequence,
  );
  if (same !== undefined) {
    return same.hash === noted.hash
      ? ok("head", `Record ${noted.sequence} of the audit trail is the noted one.`)
      : failed("head", `Record ${noted.sequence} of the audit trail is another one than was noted.`);
  }
  if (head === undefined || head.sequence < noted.sequence) {
    return failed(
      "head",
      `The audit trail ended at record ${head?.sequence ?? 0}, before the noted record ${noted.sequence}.`,
    );
  }
  const text = `Record ${noted.sequence} is not about this incident, so the bundle does not have it.`;
  return { name: "head", state: "not-checked", text };
}
