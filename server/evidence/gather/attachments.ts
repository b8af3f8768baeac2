import type { AttachedText } from "#contracts/attachment";
import type { BundleSections } from "#contracts/bundle";
import type { Store } from "../../store/port.ts";
import { type Omitted, upTo } from "../limits.ts";

/** Texts per read. */
const PAGE = 50;

/** The texts that people pasted to the answers, each once, in the order of the questions. */
export async function attachmentsSection(
  { triage }: Pick<Store, "triage">,
  { questions }: Pick<BundleSections["answers"], "questions">,
  limit: number,
): Promise<{ readonly section: BundleSections["attachments"]; readonly omitted: readonly Omitted[] }> {
  const answers = questions.flatMap(({ processes }) => processes.flatMap(({ answer }) => answer ?? []));
  const attached = answers.flatMap(({ attachments = [] }) => attachments);
  const bytes = new Map(attached.map((one) => [one.sha256, one.bytes]));
  const shown = upTo([...bytes.keys()], limit, "attached texts");
  const section: AttachedText[] = [];
  for (let at = 0; at < shown.items.length; at += PAGE) {
    const page = shown.items.slice(at, at + PAGE);
    const texts = await triage.attachedTexts(page);
    section.push(
      ...page.flatMap((sha256) => {
        const text = texts.get(sha256);
        return text === undefined ? [] : [{ sha256, bytes: bytes.get(sha256) ?? 0, text }];
      }),
    );
  }
  // Bundles from before there were attachments have no such section.
  return { section: section.length === 0 ? undefined : section, omitted: shown.omitted };
}
