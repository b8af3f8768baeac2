const outcomes = new Map<string, "success" | "failure" | undefined>();

/** Standard keywords of the event log. */
const AUDIT_FAILURE = 1n << 52n;
const AUDIT_SUCCESS = 1n << 53n;

/**
 * What the keywords of an audited record say: their bits (`0x8020000000000000`, in NXLog a negative number) or their
 * names in English. Records have few different keywords, so each is read once.
 */
export function auditOutcome(keywords: string | undefined): "success" | "failure" | undefined {
  if (keywords === undefined) {
    return undefined;
  }
  if (!outcomes.has(keywords)) {
    if (outcomes.size >= 1_000) {
      outcomes.clear();
    }
    outcomes.set(keywords, outcomeOf(keywords));
  }
  return outcomes.get(keywords);
}

function outcomeOf(keywords: string): "success" | "failure" | undefined {
  const text = keywords.trim();
  if (/^(?:0x[0-9a-f]{1,16}|-?\d{1,20})$/i.test(text)) {
    // As JSON numbers, decimals were rounded to 53 bits, and were written with other last digits.
    const bits = BigInt.asUintN(64, /^0x/i.test(text) ? BigInt(text) : BigInt(Number(text)));
    return bits & AUDIT_FAILURE ? "failure" : bits & AUDIT_SUCCESS ? "success" : undefined;
  }
  return /audit failure/i.test(text) ? "failure" : /audit success/i.test(text) ? "success" : undefined;
}
