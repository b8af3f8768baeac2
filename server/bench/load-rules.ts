// Started by `rules.ts` in a process of its own: loads and compiles the rules of the folders that it is given.

import { createDetector } from "../detection/detector.ts";
import { loadRules } from "../detection/rule-files/load.ts";

const { rules } = await loadRules(process.argv.slice(2));
createDetector(rules);
