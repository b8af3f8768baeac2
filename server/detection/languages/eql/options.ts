export interface EqlOptions {
  /** Whether some event source has the field; an optional field (`?f`) that none has is null. Default: all exist. */
  readonly isMapped?: ((field: string) => boolean) | undefined;
  /** Fields with points in time, which are compared as dates. Default: the date fields of ECS. */
  readonly dateFields?: ReadonlySet<string> | undefined;
  /** Fields with versions, which `<` and its like compare as such. Default: none. */
  readonly versionFields?: ReadonlySet<string> | undefined;
}

/** The date fields of ECS in process telemetry. */
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
