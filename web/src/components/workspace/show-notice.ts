import { layoutStore } from "../../live/layout-store";
import { notify } from "../../live/notices";
import { previewStore } from "../../live/preview-store";
import type { Notice } from "../../live/workspace-machine";
import { workspaceStore } from "../../live/workspace-store";

/** Turns news of the machine into a message with something to do about it. */
export function showNotice(workspaceId: string, { action, ...notice }: Notice, phone: boolean): void {
  const layout = layoutStore(workspaceId);
  switch (action?.kind) {
    case "preview":
      portOpened(workspaceId, notice, action.port, phone);
      return;
    case "problems":
      notify({ ...notice, action: { label: "Problems", run: () => layout.showDock("problems") } });
      return;
    case "log":
      notify({ ...notice, action: { label: "Log", run: () => layout.showDock("log") } });
      return;
    case undefined:
      notify(notice);
  }
}

/** The port of the app is no news to somebody who looks at the preview already. */
function portOpened(workspaceId: string, notice: Omit<Notice, "action">, port: number, phone: boolean): void {
  const layout = layoutStore(workspaceId);
  const { runtime } = workspaceStore(workspaceId).get();
  const main = runtime?.ports.find((it) => it.port === port)?.primary ?? false;
  const looking = phone ? layout.get().phone === "preview" : layout.get().preview;
  if (looking && (main || runtime?.dev_server.status === "starting")) return;
  const run = () => {
    const primary = workspaceStore(workspaceId)
      .get()
      .runtime?.ports.find((it) => it.port === port)?.primary;
    previewStore(workspaceId).choosePort(primary === true ? null : port);
    layout.showPreview();
  };
  notify({ ...notice, action: { label: "Preview", run } });
}
