/**
 * Keys that a focused element handles by itself. They are no commands, as they mean nothing without that element, but
 * the keyboard help lists them. `keys` are written as in `Command`.
 */
export interface ElementKeys {
  readonly title: string;
  readonly keys: readonly string[];
}

/** Opens the menu of a field value, as Enter and a click do. */
export const valueMenuKey = ".";

export const elementKeys: readonly ElementKeys[] = [
  { title: "Menu of a value: filter, pin, copy", keys: [valueMenuKey] },
  { title: "Move within the navigation, filters and tool bars", keys: ["left", "right", "home", "end"] },
  { title: "Next or previous row of a tree, table or list", keys: ["down", "up"] },
  { title: "Next or previous row of a result", keys: ["j", "k"] },
  { title: "Whole values of a row of a result, or one line each", keys: ["enter"] },
  { title: "Controls of a row of a result", keys: ["right", "left"] },
  { title: "Expand or collapse in a tree", keys: ["right", "left"] },
  { title: "First or last row of a tree", keys: ["home", "end"] },
  { title: "Move the visible part of the graph on its map", keys: ["left", "right", "up", "down"] },
  { title: "Move an end of the time range of the queue", keys: ["up", "down"] },
  { title: "Save the answer, or run the query", keys: ["mod+enter"] },
];
