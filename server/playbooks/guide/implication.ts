/** What an implication says: when concern rises, when it falls, and what says neither. */
export interface Implication {
  readonly raises: readonly string[];
  readonly lowers: readonly string[];
  readonly rest: readonly string[];
}

const raisesAtStart =
  /^(?:urgent(?:ly)? )?(?:escalat|broaden|rais|expand|widen|prioriti[sz]|treat\b[^.]{0,80}\bas (?:a |an )?(?:malicious|suspicious|high|active|likely|urgent|compromis)|more (?:suspicious|concerning|likely)|(?:high(?:er)?|strong(?:er)?|increased?|elevated) (?:concern|suspicion|risk|urgency)|highly suspicious|suspicious (?:when|if)|supports? (?:concern|unauthorized|malicious|deliberate|attempted|active|broader|collection|compromise)|suggests? (?:broader|follow-on|active|malicious|compromise)|broader compromise|increases? )/;
const raisesInside =
  /\b(?:(?:concern|suspicion|urgency|risk) (?:rises|increases|grows)|(?:rais|increas)(?:e|es) (?:the )?(?:concern|suspicion|urgency|risk)|more concerning|more suspicious|urgent escalation is warranted|supports? (?:concern|unauthorized|malicious|deliberate|attempted)|(?:is|becomes) more likely when|intent is stronger when)\b/;
const lowersAtStart =
  /^(?:lower|close\b|closure|narrow|less (?:suspicious|concerning|likely|urgent)|weak(?:er|en)|carries less weight|(?:stays|remains) (?:locally|local|bounded|narrow)|keeps?\b[^.]{0,80}\b(?:local|locally|narrow|narrower|limited|bounded|scoped|contained)\b|reduc|de-?escalat|downgrade|deprioriti[sz]|de-prioriti[sz]|benign|likely benign|more (?:explainable|benign|plausible)|(?:concern|suspicion|urgency|risk) (?:falls|drops|decreases|is lower))/;
const lowersInside =
  /\b(?:lowers? (?:\w+ ){0,2}(?:concern|suspicion|urgency|risk)|lesse(?:n|ns) (?:\w+ ){0,2}(?:concern|suspicion|urgency|risk)|reduces? (?:\w+ ){0,2}(?:concern|suspicion|urgency|risk)|(?:concern|suspicion|urgency|risk) (?:falls|drops|decreases)|(?:is|are) less (?:concerning|suspicious)|more explainable)\b/;
/** A warning against closing: neither side. */
const warning = /^(?:do not|don't|never|missing|absen(?:ce|t)|no )\b|\bunresolved\b[^;]{0,40}\bnot benign\b/;
/** Sentences that begin a new thought within a part. */
const nextThought =
  /(?<=[.!] )(?=(?:Escalate|Broaden|Raise|Lower|Close|Narrow|Reduce|Keep|Treat|Concern|Missing|Absence|Do not)\b)/;

/**
 * Splits the implication of a step at its semicolons: "escalate when …; lower concern when …", and at sentences that
 * begin a new thought. The verb of a part decides its side. A part that does not tell is in `rest`, rather than
 * guessed.
 */
export function splitImplication(text: string): Implication {
  const raises: string[] = [];
  const lowers: string[] = [];
  const rest: string[] = [];
  for (const part of clauses(text).flatMap((clause) => clause.split(nextThought).map((thought) => thought.trim()))) {
    const side = sideOf(part);
    (side === "raises" ? raises : side === "lowers" ? lowers : rest).push(part);
  }
  // If no part tells, the line stays in one piece.
  return raises.length + lowers.length === 0 ? { raises, lowers, rest: [text] } : { raises, lowers, rest };
}

/** Whether what lowers concern here says that it does not outweigh anything else. */
export function clearsNothing(lowers: readonly string[]): boolean {
  return lowers.some((text) =>
    /\b(?:do|does|did|but) not (?:by itself )?(?:clear|override|outweigh|prove)\b/.test(text),
  );
}

function sideOf(part: string): "raises" | "lowers" | undefined {
  const text = part.toLowerCase();
  if (raisesAtStart.test(text)) {
    return "raises";
  }
  if (lowersAtStart.test(text)) {
    return "lowers";
  }
  const first = text.slice(0, 400);
  if (warning.test(first)) {
    return undefined;
  }
  const up = raisesInside.test(first);
  const down = lowersInside.test(first);
  return up === down ? undefined : up ? "raises" : "lowers";
}

/** The parts between semicolons; those inside of backticks, quotes and parentheses do not separate. */
function clauses(text: string): readonly string[] {
  const found: string[] = [];
  let from = 0;
  let code = false;
  let depth = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "`") {
      code = !code;
    } else if (!code && character === "(") {
      depth += 1;
    } else if (!code && character === ")") {
      depth = Math.max(0, depth - 1);
    } else if (at === text.length || (character === ";" && !code && depth === 0)) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const parts = found.filter((part) => part !== "");
  return parts.length === 0 ? [text] : parts;
}
