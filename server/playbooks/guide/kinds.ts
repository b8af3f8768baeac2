import { type SectionKind, sectionKind } from "./headings.ts";
import type { GuideNode, GuideSection } from "./outline.ts";

/** A section with what it is about. */
export interface KindedSection extends GuideSection {
  readonly kind: SectionKind;
}

/** A section without a kind of its own belongs to the one around it, if that has one. */
export function withKinds(sections: readonly GuideSection[]): readonly KindedSection[] {
  const around: { readonly level: number; readonly kind: SectionKind }[] = [];
  const kinded = sections.map((section) => {
    while ((around.at(-1)?.level ?? -1) >= section.level) {
      around.pop();
    }
    const own: SectionKind = section.level === 0 ? "wrapper" : sectionKind(section.title);
    const outer = around.at(-1)?.kind ?? "other";
    const inherits = own === "other" && ["steps", "false-positives", "response"].includes(outer);
    const kind = inherits ? outer : own;
    around.push({ level: section.level, kind });
    return { ...section, kind };
  });
  const isListed = (section: KindedSection): boolean => section.nodes.some(({ kind }) => kind === "item");
  if (kinded.some((section) => section.kind === "steps" && isListed(section))) {
    return kinded;
  }
  // Without a heading for steps, the bullets below the general headings are the steps; else sentences that tell to act.
  const general = (section: KindedSection): boolean => section.kind === "wrapper" || section.kind === "about";
  const listed = kinded.filter((section) => general(section) && isListed(section));
  return kinded.map((section) => {
    const isSteps = listed.length > 0 ? listed.includes(section) : general(section) && section.nodes.some(tellsToAct);
    return isSteps
      ? { ...section, kind: "steps", nodes: listed.length > 0 ? section.nodes : asItems(section.nodes) }
      : section;
  });
}

function tellsToAct(node: GuideNode): boolean {
  return (
    node.kind === "text" &&
    /^(?:analy[sz]e|check|confirm|correlate|decode|determine|examine|identify|inspect|investigate|look|review|search|validate|verify)\b/i.test(
      node.text,
    )
  );
}

function asItems(nodes: readonly GuideNode[]): readonly GuideNode[] {
  return nodes.map((node) => (tellsToAct(node) ? { ...node, kind: "item", children: [] } : node));
}
