import { useEffect } from "react";
import type { Light } from "../components/ui/House";

const ICONS: Record<Light, string> = { off: "idle", on: "running", waiting: "starting", alarm: "failed" };

/** The tab's title, and the light in its icon. */
export function usePageStatus(title: string, light: Light): void {
  useEffect(() => {
    document.title = `${title} – Stead`;
    document.getElementById("favicon")?.setAttribute("href", `/icons/${ICONS[light]}.svg`);
  }, [title, light]);
}
