import { Tabs } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import styles from "./TabList.module.css";

interface TabListProps {
  label: string;
  selected: string;
  onSelect: (value: string) => void;
  children: ReactNode;
}

/** A row of tabs that scrolls when it is too long; arrow keys move. */
export function TabList({ label, selected, onSelect, children }: TabListProps) {
  return (
    <Tabs.Root value={selected} onValueChange={(value) => onSelect(String(value))} className={styles["root"]}>
      <Tabs.List className={styles["list"]} aria-label={label} activateOnFocus={false}>
        {children}
      </Tabs.List>
    </Tabs.Root>
  );
}

interface TabProps {
  value: string;
  /** A button beside the tab, such as one that closes it. */
  after?: ReactNode;
  /** What the Delete key does. */
  onDelete?: (() => void) | undefined;
  children: ReactNode;
}

export function Tab({ value, after, onDelete, children }: TabProps) {
  return (
    <span className={styles["slot"]} role="presentation">
      <Tabs.Tab
        value={value}
        className={styles["tab"]}
        onKeyDown={(event) => event.key === "Delete" && onDelete?.()}
      >
        {children}
      </Tabs.Tab>
      {after}
    </span>
  );
}
