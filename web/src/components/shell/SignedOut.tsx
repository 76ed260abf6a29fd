import { useQueryClient } from "@tanstack/react-query";
import { usePageStatus } from "../../live/page-status";
import { SignInForm } from "../people/SignInForm";
import { Page } from "./Page";

/** In place of a page that needs somebody to be signed in. Whoever signs in stays at its address. */
export function SignedOut() {
  usePageStatus("Sign in", "off");
  const wasSignedIn = useQueryClient().getQueryData(["me"]) !== undefined;
  return (
    <Page>
      <SignInForm
        {...(wasSignedIn ? { title: "You were signed out", lead: ENDED } : {})}
        next={location.pathname + location.search}
        onSignedIn={() => location.reload()}
      />
    </Page>
  );
}

const ENDED =
  "This sign-in was ended from elsewhere, or has expired. What runs in your workspaces goes on; sign in to come back to this page.";
