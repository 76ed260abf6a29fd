import { useState } from "react";
import { useMedia } from "../../live/use-media";

const KEY = "stead.diff.split";

/** Whether diffs are shown side by side: as the person chose last, never on a narrow screen. */
export function useSplit(): [boolean, (split: boolean) => void] {
  const narrow = useMedia("(max-width: 900px)");
  const [split, setSplit] = useState(() => localStorage.getItem(KEY) === "1");
  const choose = (next: boolean) => {
    setSplit(next);
    localStorage.setItem(KEY, next ? "1" : "0");
  };
  return [split && !narrow, choose];
}
