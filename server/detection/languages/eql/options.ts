export interface EqlOptions {
  /**
   * Whether some event source has the field; an optional field (`?f`) that none has is the literal null. Default: all
   * are.
   */
  readonly isMapped?: (field: string) => boolean;
  /** Fields that hold points in time: their comparisons read dates. Default: the date fields of ECS. */
  readonly dateFields?: ReadonlySet<string>;
}

/** Date fields of the Elastic Common Schema that process telemetry has. */
export const ecsDates: ReadonlySet<string> = new Set([
  "@timestamp",
  "event.created",
  "event.start",
  "event.end",
  "event.ingested",
  "file.accessed",
  "file.created",
  "file.ctime",
  "file.mtime",
  "process.start",
  "process.end",
  "process.parent.start",
  "process.parent.end",
]);
