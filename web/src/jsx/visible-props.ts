import { withoutHidden } from "../ui/visible-text.ts";

/**
 * Texts that a browser shows: children, and what becomes a tooltip, a label or the name for a screen reader. Values of
 * fields stay as they are, because they are edited: see `ui/visible-input.tsx`.
 */
const SHOWN = ["children", "title", "aria-label", "aria-description", "aria-valuetext", "alt", "placeholder"] as const;
/** Of components that render such texts themselves. */
const SHOWN_BY_LIBRARY = [...SHOWN, "label", "description", "error"] as const;

/**
 * The properties of an element with invisible and reordering characters in its texts made visible. Our own components
 * keep their properties as they are: what they show goes through here when they render it.
 */
export function visibleProps(type: unknown, props: unknown): unknown {
  const names = shownBy(type);
  if (names === undefined || typeof props !== "object" || props === null) {
    return props;
  }
  let changed: Record<string, unknown> | undefined;
  for (const name of names) {
    const value: unknown = Reflect.get(props, name);
    const shown = visibleNode(value);
    if (shown !== value) {
      changed ??= { ...props };
      changed[name] = shown;
    }
  }
  return changed ?? props;
}

function shownBy(type: unknown): readonly string[] | undefined {
  switch (typeof type) {
    case "string":
    case "symbol":
      return SHOWN;
    case "object":
      return SHOWN_BY_LIBRARY;
    case "function":
      return "displayName" in type && String(type.displayName).startsWith("@mantine/") ? SHOWN_BY_LIBRARY : undefined;
    default:
      return undefined;
  }
}

/** A text, or a list that may contain texts; anything else is an element and was made with its own properties. */
function visibleNode(node: unknown): unknown {
  if (typeof node === "string") {
    return withoutHidden(node);
  }
  if (!Array.isArray(node)) {
    return node;
  }
  const shown = node.map(visibleNode);
  return shown.some((item, index) => item !== node[index]) ? shown : node;
}
