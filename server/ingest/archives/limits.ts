/** Limits on what an archive may unpack to; they are configurable (`STEMMA_ARCHIVE_…`). */
export interface ArchiveLimits {
  /** Members of one archive, nested ones included. */
  readonly entries: number;
  /** Bytes of one member after unpacking. */
  readonly memberBytes: number;
  /** Bytes of all members of one archive after unpacking. */
  readonly totalBytes: number;
  /** Unpacked bytes per packed byte. */
  readonly ratio: number;
  /** Levels of archives inside archives. */
  readonly depth: number;
}

export const defaultArchiveLimits: ArchiveLimits = {
  entries: 20_000,
  memberBytes: 16 * 1024 ** 3,
  totalBytes: 64 * 1024 ** 3,
  ratio: 1000,
  depth: 4,
};
