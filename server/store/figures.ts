/** The size of a store, for monitoring: cheap to read however much is stored. */
export interface StoreFigures {
  readonly events: number;
  /** Time of the newest event; absent for a store without events. */
  readonly newestEvent?: number;
  readonly alerts: number;
  /** Of the files; absent for a store on a server of its own. */
  readonly bytes?: number;
}
