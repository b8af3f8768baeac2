import { Radio, Stack } from "@mantine/core";
import { type Role, role } from "#contracts/roles";
import { roleLabels } from "../../ui/roles.ts";

/** The choice of a role, each with what it adds to the one before it. */
export function RoleChoice({
  value,
  change,
  fixed,
}: {
  readonly value: Role;
  readonly change: (role: Role) => void;
  /** Why it cannot be changed. */
  readonly fixed?: string;
}) {
  return (
    <Radio.Group label="Role" description={fixed} value={value} onChange={(next) => change(role.parse(next))}>
      <Stack gap={8} mt={6}>
        {role.options.map((option) => (
          <Radio
            key={option}
            size="sm"
            value={option}
            label={roleLabels[option].label}
            description={roleLabels[option].about}
            disabled={fixed !== undefined}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
