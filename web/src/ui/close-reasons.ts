import type { CloseReason } from "#contracts/alert";

/** The reasons that a person can close alerts with. */
export const reasons: readonly {
  readonly value: CloseReason;
  readonly label: string;
  readonly description: string;
}[] = [
  { value: "benign", label: "Benign", description: "The rule matched as intended; the activity is expected here." },
  { value: "false-positive", label: "False positive", description: "The rule matched unrelated activity." },
  {
    value: "true-positive",
    label: "True positive, resolved",
    description: "Confirmed malicious; the response is complete.",
  },
  {
    value: "duplicate",
    label: "Duplicate",
    description: "Covered by another alert: choose it, and say in the note why.",
  },
];

/** A reason as part of a sentence; also those that no person can choose. */
export function closeReasonWord(reason: CloseReason | undefined): string {
  return reason === undefined ? "without a reason" : reason.replace("-", " ");
}
