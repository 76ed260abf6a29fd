import { Menu as BaseMenu } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { Keys } from "./Keys";
import styles from "./Menu.module.css";

interface MenuProps {
  /** What opens it: a button element. */
  trigger: ReactElement;
  align?: "start" | "end";
  children: ReactNode;
}

export function Menu({ trigger, align = "end", children }: MenuProps) {
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal>
        <BaseMenu.Positioner
          className={styles["positioner"]}
          align={align}
          sideOffset={5}
          collisionPadding={8}
        >
          <BaseMenu.Popup className={styles["popup"]}>{children}</BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

interface MenuAtProps {
  /** What it is next to, on the screen. */
  at: DOMRect;
  label: string;
  onClose: () => void;
  children: ReactNode;
}

/** A menu that opens at a place and not by a button; who opened it says where the keyboard goes after it. */
export function MenuAt({ at, label, onClose, children }: MenuAtProps) {
  return (
    <BaseMenu.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
      <BaseMenu.Portal>
        <BaseMenu.Positioner
          className={styles["positioner"]}
          anchor={{ getBoundingClientRect: () => at }}
          align="start"
          sideOffset={4}
          collisionPadding={8}
        >
          <BaseMenu.Popup className={styles["popup"]} aria-label={label} finalFocus={false}>
            {children}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

/** Some items that belong together, by name. */
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <BaseMenu.Group>
      <BaseMenu.GroupLabel className={styles["group"]}>{label}</BaseMenu.GroupLabel>
      {children}
    </BaseMenu.Group>
  );
}

interface MenuItemProps {
  icon?: ReactNode;
  onSelect: () => void;
  danger?: boolean;
  disabled?: boolean;
  keys?: string;
  hint?: ReactNode;
  children: ReactNode;
}

export function MenuItem({
  icon,
  onSelect,
  danger = false,
  disabled = false,
  keys,
  hint,
  children,
}: MenuItemProps) {
  return (
    <BaseMenu.Item
      className={styles["item"]}
      data-danger={danger || undefined}
      disabled={disabled}
      onClick={onSelect}
    >
      <span className={styles["icon"]}>{icon}</span>
      <span className={styles["text"]}>{children}</span>
      {hint !== undefined && <span className={styles["hint"]}>{hint}</span>}
      {keys !== undefined && <Keys keys={keys} />}
    </BaseMenu.Item>
  );
}

interface MenuChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; icon?: ReactNode; detail?: string }[];
  onChange: (value: T) => void;
}

/** One of several, marked. */
export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <BaseMenu.Group>
      <BaseMenu.GroupLabel className={styles["group"]}>{label}</BaseMenu.GroupLabel>
      <BaseMenu.RadioGroup value={value} onValueChange={onChange}>
        {options.map((option) => (
          <BaseMenu.RadioItem key={option.value} value={option.value} className={styles["item"]} closeOnClick>
            <span className={styles["icon"]}>{option.icon}</span>
            <span className={styles["text"]}>
              {option.label}
              {option.detail !== undefined && <span className={styles["detail"]}>{option.detail}</span>}
            </span>
            <BaseMenu.RadioItemIndicator className={styles["mark"]} />
          </BaseMenu.RadioItem>
        ))}
      </BaseMenu.RadioGroup>
    </BaseMenu.Group>
  );
}

export function MenuLine() {
  return <BaseMenu.Separator className={styles["line"]} />;
}
