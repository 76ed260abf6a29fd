import { Tooltip } from "@base-ui/react/tooltip";
import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, Link, Outlet } from "@tanstack/react-router";
import { MapPinOff, TriangleAlert } from "lucide-react";
import { useCallback } from "react";
import { isSignedOut, messageOf } from "../api/client";
import { getMe } from "../api/gateway";
import { Page } from "../components/shell/Page";
import { Button } from "../components/ui/Button";
import { Explain } from "../components/ui/Explain";
import { Toasts } from "../components/ui/Toasts";
import { usePersonWatch } from "../live/person-watch";

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Root,
  notFoundComponent: Lost,
  errorComponent: ({ error }) => <Broken error={error} />,
});

function Root() {
  const queryClient = useQueryClient();
  // Asked for by the pages that need it; here it only says whether somebody is signed in.
  const me = useQuery({ queryKey: ["me"], queryFn: getMe, enabled: false });
  const refresh = useCallback(() => {
    void queryClient.invalidateQueries({ queryKey: ["me"] });
    void queryClient.invalidateQueries({ queryKey: ["workspaces"] });
    void queryClient.invalidateQueries({ queryKey: ["break-glass"] });
  }, [queryClient]);
  usePersonWatch(me.data !== undefined && !isSignedOut(me.error), refresh);
  return (
    <Tooltip.Provider delay={450}>
      <Outlet />
      <Toasts />
    </Tooltip.Provider>
  );
}

function Lost() {
  return (
    <Page>
      <Explain
        icon={<MapPinOff />}
        title="There is nothing at this address"
        actions={<Link to="/">All workspaces</Link>}
      />
    </Page>
  );
}

function Broken({ error }: { error: unknown }) {
  return (
    <Page>
      <Explain
        icon={<TriangleAlert />}
        tone="bad"
        title="This page failed to show itself"
        actions={<Button onClick={() => location.reload()}>Reload the page</Button>}
      >
        What runs in your workspaces is not affected. {messageOf(error)}
      </Explain>
    </Page>
  );
}
