/** Opening and closing terminals on a person's request. */
import { closeTerminal, openTerminal } from "../api/kernel";
import { layoutStore } from "./layout-store";
import { notifyFailure } from "./notices";
import { workspaceStore } from "./workspace-store";

/** Opens a terminal and brings it into view; the first one is `main`. */
export async function createTerminal(workspaceId: string): Promise<void> {
  const known = workspaceStore(workspaceId).get().runtime?.terminals ?? [];
  const first = !known.some((it) => it.name === "main");
  try {
    const { name } = await openTerminal(workspaceId, first ? { name: "main" } : {});
    layoutStore(workspaceId).showDock(`terminal:${name}`);
  } catch (error) {
    notifyFailure("The terminal did not open", error);
  }
}

/** Closes a terminal; whatever runs in it ends. */
export async function endTerminal(workspaceId: string, name: string): Promise<void> {
  try {
    await closeTerminal(workspaceId, name);
  } catch (error) {
    notifyFailure(`Terminal ${name} did not close`, error);
  }
}
