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

/** Runs a command line as an agent in a terminal of its own, and brings it into view. */
export async function runAgent(workspaceId: string, name: string, line: string): Promise<void> {
  // A login shell, so that programs are found as in a terminal.
  const opened = await openTerminal(workspaceId, { name, command: ["sh", "-lc", line], agent: true });
  layoutStore(workspaceId).showDock(`terminal:${opened.name}`);
}

/** Closes a terminal; whatever runs in it ends. */
export async function endTerminal(workspaceId: string, name: string): Promise<void> {
  try {
    await closeTerminal(workspaceId, name);
  } catch (error) {
    notifyFailure(`Terminal ${name} did not close`, error);
  }
}
