import styles from "./House.module.css";

/** What the light in the window says. */
export type Light = "off" | "on" | "waiting" | "alarm";

/** The mark: a house whose window is lit while something lives in it. */
export function House({ light = "off", size = 20 }: { light?: Light; size?: number }) {
  return (
    <svg
      className={styles["house"]}
      data-light={light}
      width={size}
      height={size}
      viewBox="0 0 20 20"
      aria-hidden="true"
    >
      <path
        className={styles["walls"]}
        fillRule="evenodd"
        d="M10 1.5 18.5 9v8.5a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V9Zm-3 8v6h6v-6Z"
      />
      <path className={styles["window"]} d="M7 9.5h6v6H7z" />
    </svg>
  );
}
