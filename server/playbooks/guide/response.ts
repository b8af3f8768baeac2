import { append } from "../../lib/append.ts";
import type { Checklist } from "../playbook.ts";
import { type GuideNode, type ListItem, markdownOf } from "./outline.ts";
import { idOfText, type TakenNames } from "./slug.ts";
import { withoutBold } from "./texts.ts";

type ChecklistVerdict = Checklist["verdict"];

const titles: Readonly<Record<ChecklistVerdict, string>> = {
  benign: "If confirmed benign",
  suspicious: "If suspicious but unconfirmed",
  malicious: "If confirmed malicious",
  "after-containment": "After containment",
  hardening: "Post-incident hardening",
};

/**
 * The response bullets as checklists by verdict. A bullet that only announces the list below it becomes the title of a
 * checklist. What names no verdict is for a malicious one.
 */
export function readChecklists(items: readonly ListItem[], ids: TakenNames): readonly Checklist[] {
  const plain = new Map<ChecklistVerdict, { readonly id: string; readonly text: string }[]>();
  const titled: Checklist[] = [];
  const itemOf = (text: string): { readonly id: string; readonly text: string } => {
    const shown = withoutBold(text);
    return { id: idOfText(shown, ids), text: shown };
  };
  for (const item of items) {
    const verdict = verdictOf(item.text);
    const below = item.children.filter((child) => child.kind === "item");
    const isTitle = /:\**$/.test(item.text.trim()) && below.length > 0 && below.length === item.children.length;
    if (isTitle) {
      const title = withoutBold(item.text).replace(/:$/, "");
      titled.push({ verdict, title, items: below.map((child) => itemOf(flat(child))) });
    } else {
      const list = plain.get(verdict) ?? [];
      list.push(itemOf(item.text), ...below.map((child) => itemOf(flat(child))));
      const rest = item.children.filter((child) => child.kind !== "item");
      append(list, rest.length === 0 ? [] : [itemOf(markdownOf(rest))]);
      plain.set(verdict, list);
    }
  }
  const order = Object.keys(titles) as readonly ChecklistVerdict[]; // the record has all of them
  return [
    ...order.flatMap((verdict) => {
      const list = (plain.get(verdict) ?? []).filter(({ text }) => text !== "");
      return list.length === 0 ? [] : [{ verdict, title: titles[verdict], items: list }];
    }),
    ...titled,
  ];
}

/** An item with what is below it, as one text. */
function flat(item: ListItem): string {
  const below: readonly GuideNode[] = item.children;
  return below.length === 0 ? item.text : `${item.text}\n${markdownOf(below)}`;
}

export function verdictOf(text: string): ChecklistVerdict {
  const start = withoutBold(text.slice(0, 160)).toLowerCase();
  if (/^post[- ]incident|^hardening\b/.test(start)) {
    return "hardening";
  }
  if (/^(?:after|following|once) (?:containment|eradication)\b/.test(start)) {
    return "after-containment";
  }
  const condition = /^(?:if|when|where|for)\b[^,:]{0,120}/.exec(start)?.[0] ?? start.slice(0, 30);
  if (/\bmalicious\b/.test(condition) && !/\bnot malicious\b/.test(condition)) {
    return "malicious";
  }
  if (/\bunconfirmed\b|\bsuspicious but\b|\bsuspected\b.*\bunconfirmed\b/.test(condition)) {
    return "suspicious";
  }
  return /^(?:if|when|where|for)\b.*\b(?:benign|legitimate|false positive|expected)\b/.test(condition) ||
    /^(?:confirmed )?benign\b/.test(start)
    ? "benign"
    : "malicious";
}
