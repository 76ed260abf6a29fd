import { Tooltip } from "@base-ui/react/tooltip";
import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";
import styles from "./IconButton.module.css";
import { Keys } from "./Keys";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "children"> {
  /** Name for everyone: the tooltip and what a screen reader says. */
  label: string;
  icon: ReactNode;
  keys?: string;
  pressed?: boolean;
}

/** A button that is only a picture, with its name on hover and focus. */
export function IconButton({ label, icon, keys, pressed, className, ...rest }: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        render={
          <button
            type="button"
            {...rest}
            aria-label={label}
            aria-pressed={pressed}
            className={clsx(styles["button"], className)}
          />
        }
      >
        {icon}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className={styles["positioner"]}>
          <Tooltip.Popup className={styles["popup"]}>
            {label}
            {keys !== undefined && <Keys keys={keys} />}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
