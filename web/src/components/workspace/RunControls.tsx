import { ChevronDown, CircleStop, Play, RotateCw, Server, Square } from "lucide-react";
import type { RuntimeState } from "../../api/types";
import { ask, pendingVerb, type Verb } from "../../live/session-actions";
import { useStore } from "../../live/use-store";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { Menu, MenuItem, MenuLine } from "../ui/Menu";
import styles from "./RunControls.module.css";

interface RunControlsProps {
  workspaceId: string;
  runtime: RuntimeState;
  /** Without a live connection nothing can be asked. */
  disabled: boolean;
  /** On a phone there is room for a sign, not for a word. */
  compact?: boolean;
}

/** Run, Stop, Restart: exactly those that the kernel's state allows. */
export function RunControls({ workspaceId, runtime, disabled, compact = false }: RunControlsProps) {
  const verb = useStore(pendingVerb(workspaceId));
  const request = (next: Verb) => void ask(workspaceId, next);
  const { status } = runtime;
  if (status === "idle" || status === "stopped" || status === "crashed") {
    return (
      <Button
        look="run"
        size="s"
        icon={<Play />}
        busy={verb === "run" || verb === "start"}
        disabled={disabled}
        onClick={() => request("run")}
      >
        Run
      </Button>
    );
  }
  const leaving = status === "stopping" || verb === "stop";
  return (
    <div className={styles["group"]}>
      {compact ? (
        <IconButton
          label={leaving ? "Stopping" : "Stop"}
          icon={<Square />}
          disabled={disabled || verb !== null || leaving}
          onClick={() => request("stop")}
        />
      ) : (
        <Button
          size="s"
          icon={<Square />}
          busy={leaving}
          disabled={disabled || verb !== null}
          onClick={() => request("stop")}
        >
          {leaving ? "Stopping" : "Stop"}
        </Button>
      )}
      {status === "running" && (
        <Menu
          align="start"
          trigger={
            <IconButton
              label="Restart and more"
              icon={verb === null ? <ChevronDown /> : <RotateCw className={styles["turning"]} />}
              disabled={disabled}
            />
          }
        >
          <DevServerItems runtime={runtime} request={request} />
          <MenuLine />
          <MenuItem icon={<RotateCw />} hint="ends terminals" onSelect={() => request("restart")}>
            Restart session
          </MenuItem>
        </Menu>
      )}
    </div>
  );
}

function DevServerItems({ runtime, request }: { runtime: RuntimeState; request: (verb: Verb) => void }) {
  const { status } = runtime.dev_server;
  const off = status === "stopped" || status === "failed";
  return (
    <>
      <MenuItem
        icon={<Server />}
        disabled={status === "stopping"}
        onSelect={() => request(off ? "dev-start" : "dev-restart")}
      >
        {off ? "Start dev server" : "Restart dev server"}
      </MenuItem>
      {!off && (
        <MenuItem icon={<CircleStop />} disabled={status === "stopping"} onSelect={() => request("dev-stop")}>
          Stop dev server
        </MenuItem>
      )}
    </>
  );
}

interface RunButtonProps {
  workspaceId: string;
  disabled: boolean;
  look?: "run" | "plain";
}

/** What to offer where something needs a session: the page never starts one by itself. */
export function RunButton({ workspaceId, disabled, look = "plain" }: RunButtonProps) {
  const verb = useStore(pendingVerb(workspaceId));
  return (
    <Button
      look={look}
      icon={<Play />}
      busy={verb !== null}
      disabled={disabled}
      onClick={() => void ask(workspaceId, "run")}
    >
      Run
    </Button>
  );
}
