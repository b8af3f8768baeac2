import { administration, office } from "./benign-people.ts";
import { backup, housekeeping, inventory } from "./benign-services.ts";
import type { Cast } from "./cast.ts";
import type { SampleProcess } from "./facts.ts";

/** A working day without an intruder: office work, services, and legitimate administration over WMI. */
export function benignDay(cast: Cast): { readonly mailClient: SampleProcess } {
  housekeeping(cast, cast.workstation);
  housekeeping(cast, cast.fileServer);
  housekeeping(cast, cast.managementServer);
  inventory(cast);
  backup(cast);
  administration(cast);
  return { mailClient: office(cast) };
}
