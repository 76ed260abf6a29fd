import { Slider as BaseSlider } from "@base-ui/react/slider";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { useId } from "react";
import styles from "./Switch.module.css";

interface SwitchProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

export function Switch({ label, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div className={styles["line"]}>
      <label id={id} htmlFor={`${id}-switch`}>
        {label}
      </label>
      <BaseSwitch.Root
        id={`${id}-switch`}
        aria-labelledby={id}
        className={styles["switch"]}
        checked={checked}
        onCheckedChange={onChange}
      >
        <BaseSwitch.Thumb className={styles["thumb"]} />
      </BaseSwitch.Root>
    </div>
  );
}

interface SliderProps {
  label: string;
  /** Pixels. */
  value: number;
  onChange: (value: number) => void;
}

/** A size of text, 10 to 22 pixels. */
export function Slider({ label, value, onChange }: SliderProps) {
  return (
    <BaseSlider.Root
      className={styles["line"]}
      min={10}
      max={22}
      value={value}
      onValueChange={(next) => onChange(typeof next === "number" ? next : value)}
    >
      <BaseSlider.Label>{label}</BaseSlider.Label>
      <div className={styles["slider"]}>
        <BaseSlider.Control className={styles["control"]}>
          <BaseSlider.Track className={styles["track"]}>
            <BaseSlider.Indicator className={styles["indicator"]} />
            <BaseSlider.Thumb className={styles["knob"]} />
          </BaseSlider.Track>
        </BaseSlider.Control>
        <BaseSlider.Value />
      </div>
    </BaseSlider.Root>
  );
}
