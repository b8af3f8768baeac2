export interface EngineStateReader {
  /** All rows of one scope (a component of the detection engine), ordered by name. */
  all(scope: string): Promise<readonly (readonly [name: string, value: string])[]>;
}

export interface EngineStateWriter {
  /** Sets rows; a row whose `value` is undefined is deleted. */
  save(scope: string, rows: readonly { readonly name: string; readonly value: string | undefined }[]): Promise<void>;
}
