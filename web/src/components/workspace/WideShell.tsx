import { Suspense } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";
import { useStore } from "../../live/use-store";
import { PreviewPane } from "../preview/PreviewPane";
import { lazyPart } from "../ui/lazy-part";
import { Dock } from "./Dock";
import { Header } from "./Header";
import { Sidebar } from "./Sidebar";
import { StatusBar } from "./StatusBar";
import type { ShellProps } from "./shell-props";
import styles from "./WideShell.module.css";

const EditorPane = lazyPart(() => import("../editor/EditorPane").then((it) => ({ default: it.EditorPane })));

/** The workspace on a screen with room: files, editor and preview side by side, terminals below. */
export function WideShell(props: ShellProps) {
  const { workspace, runtime, view, readOnly, layoutStore, stale } = props;
  const layout = useStore(layoutStore);
  const pane = {
    workspaceId: workspace.id,
    runtime,
    readOnly,
    stale,
    layoutStore,
    onSettings: () => props.onDialog("settings"),
    onShare: readOnly ? null : () => props.onDialog("share"),
    onAgent: () => props.onDialog("agent"),
  };
  return (
    <div className={styles["shell"]}>
      <Header {...props} layout={layout} />
      <main className={styles["main"]}>
        <Columns id={workspace.id} panels={layout.sidebar ? ["sidebar", "main"] : ["main"]}>
          {layout.sidebar && (
            <>
              <Panel
                id="sidebar"
                defaultSize="230px"
                minSize="150px"
                maxSize="45%"
                groupResizeBehavior="preserve-pixel-size"
              >
                <div className={styles["plate"]}>
                  <Sidebar workspaceId={workspace.id} readOnly={readOnly} layoutStore={layoutStore} />
                </div>
              </Panel>
              <Separator className={styles["upright"]} aria-label="Width of the left panel" />
            </>
          )}
          <Panel id="main" minSize="320px">
            <Rows id={workspace.id} panels={layout.dock ? ["middle", "dock"] : ["middle"]}>
              <Panel id="middle" minSize="120px">
                <Middle {...pane} editor={layout.editor} preview={layout.preview} />
              </Panel>
              {layout.dock && (
                <>
                  <Separator className={styles["flat"]} aria-label="Height of the lower panel" />
                  <Panel id="dock" defaultSize="34%" minSize="90px">
                    <div className={styles["plate"]}>
                      <Dock {...pane} />
                    </div>
                  </Panel>
                </>
              )}
            </Rows>
          </Panel>
        </Columns>
      </main>
      <StatusBar workspaceId={workspace.id} view={view} runtime={runtime} onShow={layoutStore.showDock} />
    </div>
  );
}

type MiddleProps = React.ComponentProps<typeof PreviewPane> & { editor: boolean; preview: boolean };

function Middle({ editor, preview, ...pane }: MiddleProps) {
  const panels = [...(editor ? ["editor"] : []), ...(preview ? ["preview"] : [])];
  const layout = useDefaultLayout({ id: `stead.middle.${pane.workspaceId}`, panelIds: panels });
  return (
    <Group orientation="horizontal" {...persisted(layout)}>
      {editor && (
        <Panel key="editor" id="editor" minSize="180px">
          <section className={styles["plate"]} aria-label="Editor" data-panel="editor" tabIndex={-1}>
            <Suspense>
              <EditorPane workspaceId={pane.workspaceId} readOnly={pane.readOnly} />
            </Suspense>
          </section>
        </Panel>
      )}
      {editor && preview && (
        <Separator key="line" className={styles["upright"]} aria-label="Width of the preview" />
      )}
      {preview && (
        <Panel key="preview" id="preview" minSize="200px">
          <div className={styles["plate"]}>
            <PreviewPane {...pane} />
          </div>
        </Panel>
      )}
    </Group>
  );
}

interface SplitProps {
  id: string;
  panels: string[];
  children: React.ReactNode;
}

function Columns({ id, panels, children }: SplitProps) {
  const layout = useDefaultLayout({ id: `stead.columns.${id}`, panelIds: panels });
  return (
    <Group orientation="horizontal" className={styles["columns"]} {...persisted(layout)}>
      {children}
    </Group>
  );
}

function Rows({ id, panels, children }: SplitProps) {
  const layout = useDefaultLayout({ id: `stead.rows.${id}`, panelIds: panels });
  return (
    <Group orientation="vertical" {...persisted(layout)}>
      {children}
    </Group>
  );
}

/** The two props that remember a group's sizes; the deprecated third is left out. */
function persisted({ defaultLayout, onLayoutChanged }: ReturnType<typeof useDefaultLayout>) {
  return { defaultLayout, onLayoutChanged };
}
