import { expect, it } from "vitest";
import { preferences, setPreferences } from "./preferences";

/** What another tab does. */
function elsewhere(saved: Record<string, unknown>): void {
  localStorage.setItem("stead.preferences", JSON.stringify(saved));
  dispatchEvent(new StorageEvent("storage", { key: "stead.preferences" }));
}

it("follows what is chosen in another tab, and takes none of it back", () => {
  setPreferences({ editorFontSize: 15 });
  elsewhere({ editorFontSize: 15, editorKeys: "vim", theme: "dark" });
  expect(preferences.get()).toMatchObject({ editorFontSize: 15, editorKeys: "vim" });
  expect(document.documentElement.dataset["theme"]).toBe("dark");
  setPreferences({ editorWrap: true });
  const saved = JSON.parse(localStorage.getItem("stead.preferences") ?? "{}");
  expect(saved).toMatchObject({ editorKeys: "vim", editorWrap: true, theme: "dark" });
  elsewhere({ theme: "system" });
  expect(document.documentElement.dataset["theme"]).toBeUndefined();
  expect(preferences.get().editorKeys).toBe("usual");
});
