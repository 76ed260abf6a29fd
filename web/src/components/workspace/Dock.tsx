import { Bot, Plus, X } from "lucide-react";
import { type ReactNode, Suspense } from "react";
import type { RuntimeState, TerminalInfo } from "../../api/types";
import { languages } from "../../live/language/languages";
import type { DockTab, LayoutStore } from "../../live/layout-store";
import { createTerminal, endTerminal } from "../../live/terminal-actions";
import { useStore } from "../../live/use-store";
import { References } from "../language/References";
import { IconButton } from "../ui/IconButton";
import { lazyPart } from "../ui/lazy-part";
import styles from "./Dock.module.css";
import { DockExplain } from "./DockExplain";
import { Ports } from "./Ports";
import { Problems } from "./Problems";
import { errorCount } from "./problem-list";
import { Tab, TabList } from "./TabList";

const TerminalView = lazyPart(() =>
  import("../terminal/TerminalView").then((it) => ({ default: it.TerminalView })),
);

export interface DockProps {
  workspaceId: string;
  runtime: RuntimeState;
  stale: boolean;
  readOnly: boolean;
  layoutStore: LayoutStore;
  onAgent: () => void;
}

/** The lower panel: terminals, the dev server's log, problems, references, ports. */
export function Dock(props: DockProps) {
  const { workspaceId, runtime, readOnly, layoutStore } = props;
  const { dockTab } = useStore(layoutStore);
  const shells = runtime.terminals.filter((it) => it.kind !== "dev_server");
  const shown = shownTab(dockTab, shells);
  // The empty panel has the button already.
  const invites = shells.length === 0 && shown.startsWith("terminal:");
  const choose = (tab: DockTab) => layoutStore.change({ dockTab: tab });
  const { problems: found, references } = languages(workspaceId);
  const problems = errorCount(runtime.build.errors, useStore(found));
  const hasReferences = useStore(references) !== null || shown === "references";
  return (
    <section className={styles["dock"]} aria-label="Terminals and log" data-panel="dock" tabIndex={-1}>
      <div className={styles["bar"]}>
        <TabList label="Lower panel" selected={shown} onSelect={(value) => choose(value as DockTab)}>
          {shells.map((it) => (
            <Tab
              key={it.id}
              value={`terminal:${it.name}`}
              onDelete={readOnly ? undefined : () => void endTerminal(workspaceId, it.name)}
              after={!readOnly && <CloseTerminal workspaceId={workspaceId} name={it.name} />}
            >
              {it.kind === "agent" && <Bot className={styles["agent"]} aria-label="Agent" />}
              {it.name}
              {it.title !== "" && it.title !== it.name && <span className={styles["title"]}>{it.title}</span>}
            </Tab>
          ))}
          {shells.length === 0 && <Tab value="terminal:main">Terminal</Tab>}
          <Tab value="log">Dev server</Tab>
          <Tab value="problems">
            Problems
            {problems > 0 && <span className={styles["count"]}>{problems}</span>}
          </Tab>
          {hasReferences && <Tab value="references">References</Tab>}
          <Tab value="ports">
            Ports
            {runtime.ports.length > 0 && <span className={styles["quiet"]}>{runtime.ports.length}</span>}
          </Tab>
        </TabList>
        {!readOnly && runtime.status === "running" && !invites && (
          <>
            <IconButton
              label="Open a terminal"
              icon={<Plus />}
              onClick={() => void createTerminal(workspaceId)}
            />
            <IconButton label="Run an agent" icon={<Bot />} onClick={props.onAgent} />
          </>
        )}
      </div>
      <div className={styles["body"]}>
        {shells.map((it) => (
          // Another role sees another screen, or none: what the old one was shown goes.
          <Layer key={`${it.id} ${readOnly}`} shown={shown === `terminal:${it.name}`}>
            <TerminalView
              workspaceId={workspaceId}
              name={it.name}
              active={shown === `terminal:${it.name}`}
              readOnly={readOnly}
            />
          </Layer>
        ))}
        <Log {...props} shown={shown === "log"} />
        {shown === "problems" && (
          <Problems workspaceId={workspaceId} runtime={runtime} layoutStore={layoutStore} />
        )}
        {shown === "references" && <References workspaceId={workspaceId} layoutStore={layoutStore} />}
        {shown === "ports" && (
          <Ports workspaceId={workspaceId} runtime={runtime} layoutStore={layoutStore} readOnly={readOnly} />
        )}
        {invites && <DockExplain {...props} what="terminal" />}
      </div>
    </section>
  );
}

/** The chosen tab, or the first terminal when the chosen one is gone. */
function shownTab(tab: DockTab, shells: TerminalInfo[]): DockTab {
  if (!tab.startsWith("terminal:") || shells.some((it) => `terminal:${it.name}` === tab)) return tab;
  const [first] = shells;
  return first === undefined ? "terminal:main" : `terminal:${first.name}`;
}

function Log(props: DockProps & { shown: boolean }) {
  const terminal = props.runtime.terminals.find((it) => it.kind === "dev_server");
  if (terminal === undefined) return props.shown ? <DockExplain {...props} what="log" /> : null;
  return (
    <Layer shown={props.shown}>
      <TerminalView
        key={`${terminal.id} ${props.readOnly}`}
        workspaceId={props.workspaceId}
        name={terminal.name}
        active={props.shown}
        readOnly={props.readOnly}
      />
    </Layer>
  );
}

/** Keeps hidden terminals attached, so that coming back to one shows it at once. */
function Layer({ shown, children }: { shown: boolean; children: ReactNode }) {
  return (
    <div className={styles["layer"]} data-shown={shown || undefined} inert={!shown}>
      <Suspense>{children}</Suspense>
    </div>
  );
}

function CloseTerminal({ workspaceId, name }: { workspaceId: string; name: string }) {
  return (
    <button
      type="button"
      className={styles["close"]}
      // For the pointer; the Delete key on the tab and the palette do the same.
      tabIndex={-1}
      aria-hidden="true"
      title={`Close ${name}; its programs end`}
      onClick={() => void endTerminal(workspaceId, name)}
    >
      <X />
    </button>
  );
}
