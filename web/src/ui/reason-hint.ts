import { reasonLack } from "#contracts/reason";

/** What a reason still lacks, below its field; the server decides. */
export function reasonHint(text: string, otherwise: string): string {
  const lack = text.trim() === "" ? undefined : reasonLack(text);
  return lack === undefined ? otherwise : `${otherwise} Not enough yet: ${lack}.`;
}
