export interface SettingsReader {
  /** The parsed JSON value, `undefined` if the key is not set. Callers validate it. */
  get(key: string): Promise<unknown>;
}

export interface SettingsWriter extends SettingsReader {
  /** Sets a value; `undefined` deletes the key. */
  put(key: string, value: unknown): Promise<void>;
}
