import styles from "./Keys.module.css";

const MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const SYMBOLS: Record<string, string> = MAC
  ? { Mod: "⌘", Shift: "⇧", Alt: "⌥", Ctrl: "⌃", Enter: "↵" }
  : { Mod: "Ctrl", Enter: "↵" };

/** A key combination such as `Mod+K`, in the words of this computer. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={styles["keys"]}>
      {keys.split("+").map((key) => (
        <kbd key={key}>{SYMBOLS[key] ?? key}</kbd>
      ))}
    </span>
  );
}
