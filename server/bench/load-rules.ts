// Started by `rules.ts` in a process of its own: loads and compiles the rules of the folders that it is given.

import { loadRules } from "../detection/rule-files/load.ts";
import { createDetector } from "../detection/run.ts";

const { rules } = await loadRules(process.argv.slice(2));
createDetector(rules);
