/** Sysmon and Security record the same start or end up to this many milliseconds apart. */
export const RECORD_TOLERANCE = 3_000;
