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

/** The dark greys of Mantine's components, from light text to the ground: the slate of `tokens.css`. */
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

/** What opens over a page belongs to it, also for those who go from landmark to landmark. */
const inPage = { target: "#page" };

/** Mantine in the product's colours: components take theirs from `tokens.css`, so that both themes have one source. */
export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 3 },
  // Filled parts are dark in the light theme and light in the dark one: Mantine would take white for both.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    return input.variant === "filled" ? { ...colors, color: "var(--on-accent)" } : colors;
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
    // The page itself never scrolls, and the scroll lock adds a style element that the Content-Security-Policy forbids.
    Modal: {
      defaultProps: {
        lockScroll: false,
        closeButtonProps: { "aria-label": "Close" },
        // A dialog's heading is not the banner of the page.
        attributes: { header: { role: "presentation" } },
      },
      styles: {
        title: { fontSize: "15px", fontWeight: 640 },
        content: { background: "var(--surface-raised)" },
        header: { background: "var(--surface-raised)" },
      },
    },
    // The first item takes the focus, not an element without a role that Mantine would put before it.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, portalProps: inPage } },
    Select: { defaultProps: { comboboxProps: { portalProps: inPage } } },
    MultiSelect: { defaultProps: { comboboxProps: { portalProps: inPage } } },
    // Text on the accent: Mantine chooses it for the light theme's shade alone.
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
