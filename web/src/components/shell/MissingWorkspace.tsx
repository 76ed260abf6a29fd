import { Link } from "@tanstack/react-router";
import { MapPinOff } from "lucide-react";
import { Explain } from "../ui/Explain";
import { Page } from "./Page";

/** In place of a workspace that the person may not, or can no longer, see. */
export function MissingWorkspace() {
  return (
    <Page>
      <Explain
        icon={<MapPinOff />}
        title="There is no such workspace"
        actions={<Link to="/">All workspaces</Link>}
      >
        It was deleted, or it is not yours to see.
      </Explain>
    </Page>
  );
}
