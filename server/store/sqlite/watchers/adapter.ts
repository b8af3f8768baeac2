import type { SharedWatchers } from "../../watchers/port.ts";

/** One server has a file, so nobody is at another one. */
export const nobodyElsewhere: SharedWatchers = {
  announce: async () => undefined,
  elsewhere: async () => [],
};
