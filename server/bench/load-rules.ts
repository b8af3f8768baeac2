// Started by `rules.ts` in a separate process: loads and compiles the rules of the given folders.

import { createDetector } from "../detection/detector.ts";
import { loadRules } from "../detection/rule-files/load.ts";

const { rules } = await loadRules(process.argv.slice(2));
createDetector(rules);
