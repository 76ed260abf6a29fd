import { Link } from "@tanstack/react-router";
import { ArrowRightLeft } from "lucide-react";
import type { Move } from "../../api/machines";
import type { Me, Workspace } from "../../api/types";
import { Page } from "../shell/Page";
import { Explain } from "../ui/Explain";
import styles from "./Machines.module.css";
import { MoveProgress } from "./MoveProgress";
import { OWN_NAME } from "./words";

interface MovingScreenProps {
  workspace: Workspace;
  move: Move;
  me: Me | undefined;
}

/** In place of a workspace that is on its way to another machine. */
export function MovingScreen({ workspace, move, me }: MovingScreenProps) {
  const target = move.to == null ? OWN_NAME.toLowerCase() : "the other machine";
  return (
    <Page>
      <Explain
        icon={<ArrowRightLeft />}
        title={`${workspace.name} is moving to another machine`}
        actions={
          me?.administrator === true && (
            <Link
              to="/w/$workspaceId/manage/{-$section}"
              params={{ workspaceId: workspace.id, section: "machine" }}
            >
              Show the move
            </Link>
          )
        }
      >
        <div className={styles["where"]}>
          <MoveProgress move={move} target={target} label={`Move of ${workspace.name}`} />
          <span>Nothing of it is lost on the way, and this page opens when it has come there.</span>
        </div>
      </Explain>
    </Page>
  );
}
