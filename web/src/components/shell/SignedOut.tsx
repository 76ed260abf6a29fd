import { usePageStatus } from "../../live/page-status";
import { SignInForm } from "../people/SignInForm";
import { Page } from "./Page";

/** In place of a page that needs somebody to be signed in. Whoever signs in stays at its address. */
export function SignedOut() {
  usePageStatus("Sign in", "off");
  return (
    <Page>
      <SignInForm next={location.pathname + location.search} onSignedIn={() => location.reload()} />
    </Page>
  );
}
