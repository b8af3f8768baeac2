import {
  IconAlertOctagon,
  IconAlertTriangle,
  IconCheck,
  IconCircle,
  IconCircleCheck,
  IconCircleDashed,
  IconEye,
  IconHexagon,
  IconHexagonFilled,
  IconQuestionMark,
  IconSquareRotated,
  IconUrgent,
} from "@tabler/icons-react";
import type { AlertStatus, Severity } from "#contracts/alert";
import type { VerdictOutcome } from "#contracts/playbook";
import classes from "./marks.module.css";

const severities = {
  critical: { icon: IconUrgent, word: "critical" },
  high: { icon: IconHexagonFilled, word: "high" },
  medium: { icon: IconHexagon, word: "medium" },
  low: { icon: IconCircle, word: "low" },
} as const satisfies Record<Severity, unknown>;

/** Severity as shape, colour and text. */
export function SeverityMark({ severity, word = true }: { readonly severity: Severity; readonly word?: boolean }) {
  const { icon: Icon, word: text } = severities[severity];
  return (
    <span className={`${classes.mark} ${classes[severity]}`} title={`severity ${text}`}>
      <Icon size={14} stroke={2} aria-hidden />
      {word ? <span>{text}</span> : <span className={classes.hidden}>{text}</span>}
    </span>
  );
}

const statuses = {
  open: { icon: IconCircleDashed, word: "open", tone: "accent" },
  acknowledged: { icon: IconEye, word: "acknowledged", tone: "accent" },
  escalated: { icon: IconAlertTriangle, word: "escalated", tone: "high" },
  closed: { icon: IconCheck, word: "closed", tone: "soft" },
} as const satisfies Record<AlertStatus, unknown>;

export function StatusMark({ status, reason }: { readonly status: AlertStatus; readonly reason?: string }) {
  const { icon: Icon, word, tone } = statuses[status];
  return (
    <span className={`${classes.mark} ${classes[tone]}`}>
      <Icon size={14} stroke={2} aria-hidden />
      <span>{reason === undefined ? word : `${word}: ${reason.replace("-", " ")}`}</span>
    </span>
  );
}

const verdicts = {
  undetermined: { icon: IconQuestionMark, word: "not decided yet", tone: "soft" },
  benign: { icon: IconCircleCheck, word: "benign", tone: "good" },
  suspicious: { icon: IconSquareRotated, word: "suspicious, unconfirmed", tone: "medium" },
  malicious: { icon: IconAlertOctagon, word: "malicious", tone: "high" },
} as const satisfies Record<VerdictOutcome, unknown>;

export function VerdictMark({ outcome }: { readonly outcome: VerdictOutcome }) {
  const { icon: Icon, word, tone } = verdicts[outcome];
  return (
    <span className={`${classes.mark} ${classes.filled} ${classes[tone]}`}>
      <Icon size={15} stroke={2} aria-hidden />
      <span>{word}</span>
    </span>
  );
}
