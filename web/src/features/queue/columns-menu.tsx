import { ActionIcon, Button, Checkbox, Popover, Stack, Tooltip } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { allColumns, type QueueColumns, queueColumns } from "./columns.ts";

/** Which columns the rows of the queue show. */
export function ColumnsMenu({
  columns,
  choose,
}: {
  readonly columns: QueueColumns;
  readonly choose: (columns: QueueColumns) => void;
}) {
  return (
    <Popover position="bottom-end" shadow="md" trapFocus returnFocus>
      <Tooltip label="Columns">
        <Popover.Target>
          <ActionIcon
            variant={columns.size < allColumns.size ? "light" : "default"}
            size={30}
            aria-label={`Columns: ${columns.size} of ${allColumns.size} shown`}
          >
            <IconColumns3 size={15} aria-hidden />
          </ActionIcon>
        </Popover.Target>
      </Tooltip>
      <Popover.Dropdown>
        <Stack gap={6} role="group" aria-label="Columns">
          {queueColumns.map(({ id, title }) => (
            <Checkbox
              key={id}
              size="xs"
              label={title}
              checked={columns.has(id)}
              onChange={() => choose(columns.symmetricDifference(new Set([id])))}
            />
          ))}
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={columns.size === allColumns.size}
            onClick={() => choose(allColumns)}
          >
            Show all columns
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
