import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from "@mantine/core";

const accent: MantineColorsTuple = [
  "#e8f2fb",
  "#d0e4f5",
  "#a2cbee",
  "#6cb6f2",
  "#3f97dd",
  "#1f7cc6",
  "#0b5fa5",
  "#094f8a",
  "#07406f",
  "#052f53",
];

/** Dark greys for Mantine's components, from text to background, matching `tokens.css`. */
const dark: MantineColorsTuple = [
  "#e4eaf1",
  "#a9b6c4",
  "#8b9aaa",
  "#5a6877",
  "#3d4b5a",
  "#27313c",
  "#1a222b",
  "#141a21",
  "#10151b",
  "#0d1116",
];

/** Overlays belong to the page's landmark, for screen-reader navigation. */
const inPage = { target: "#page" };

/** The page itself never scrolls, and the scroll lock would need a style element that the CSP forbids. */
const dialogs = {
  defaultProps: {
    lockScroll: false,
    closeButtonProps: { "aria-label": "Close" },
    // A dialog's header must not be a second banner landmark.
    attributes: { header: { role: "presentation" } },
  },
  styles: {
    title: { fontSize: "15px", fontWeight: 640 },
    content: { background: "var(--surface-raised)" },
    header: { background: "var(--surface-raised)" },
  },
};

/** The Mantine theme. Components take their colours from `tokens.css`, the one source for both themes. */
export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 3 },
  // Filled components are dark in the light theme and light in the dark theme; Mantine would use white text for both,
  // and a red that is too dark for text of either colour.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    if (input.variant !== "filled") {
      return colors;
    }
    return input.color === "red"
      ? {
          ...colors,
          background: "var(--high)",
          hover: "color-mix(in srgb, var(--high) 88%, var(--text))",
          color: "var(--on-accent)",
        }
      : { ...colors, color: "var(--on-accent)" };
  },
  colors: { accent, dark },
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-code)",
  fontSizes: { xs: "11px", sm: "12px", md: "13px", lg: "15px", xl: "18px" },
  defaultRadius: "sm",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Modal: dialogs,
    Drawer: dialogs,
    // Focus the first item, not the role-less element that Mantine would focus.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, portalProps: inPage } },
    Select: { defaultProps: { comboboxProps: { portalProps: inPage } } },
    MultiSelect: { defaultProps: { comboboxProps: { portalProps: inPage } } },
    // Text colour on the accent; Mantine computes it for the light shade only.
    Button: {
      vars: (_: unknown, { variant, color }: { readonly variant?: string; readonly color?: string }) => ({
        root: (variant ?? "filled") === "filled" && color === undefined ? { "--button-color": "var(--on-accent)" } : {},
      }),
    },
    Notification: {
      defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } },
      styles: { description: { color: "var(--text-soft)" } },
    },
  },
});

export const cssVariables: CSSVariablesResolver = () => {
  const shared = {
    "--mantine-color-body": "var(--ground)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--text-soft)",
    "--mantine-color-default": "var(--surface)",
    "--mantine-color-default-hover": "var(--surface-hover)",
    "--mantine-color-default-border": "var(--line-strong)",
    "--mantine-color-placeholder": "var(--text-faint)",
    "--mantine-color-error": "var(--high)",
    "--mantine-color-anchor": "var(--accent)",
  };
  return { variables: {}, light: shared, dark: shared };
};
