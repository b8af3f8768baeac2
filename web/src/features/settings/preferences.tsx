import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { Section } from "../../ui/page.tsx";
import { useTimeZone } from "../../ui/time.tsx";
import classes from "./settings.module.css";

/** How this browser shows the workbench. */
export function Preferences() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { mode, setMode } = useTimeZone();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <>
      <Section title="Theme" aside="kept in this browser">
        <SegmentedControl
          size="xs"
          aria-label="Theme of the workbench"
          value={colorScheme}
          onChange={(value) => setColorScheme(value === "light" || value === "dark" ? value : "auto")}
          data={[
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark" },
            { value: "auto", label: "System" },
          ]}
        />
      </Section>
      <Section title="Times" aside="kept in this browser">
        <SegmentedControl
          size="xs"
          aria-label="Times in"
          value={mode}
          onChange={(value) => setMode(value === "local" ? "local" : "utc")}
          data={[
            { value: "utc", label: "UTC" },
            { value: "local", label: `Local (${zone})` },
          ]}
        />
        <p className={classes.text}>The exact time with its zone appears when you point at any time.</p>
      </Section>
    </>
  );
}
