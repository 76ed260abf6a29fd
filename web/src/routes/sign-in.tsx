import { createFileRoute } from "@tanstack/react-router";
import { SignInForm } from "../components/people/SignInForm";
import { Page } from "../components/shell/Page";
import { ownPath } from "../live/own-path";
import { usePageStatus } from "../live/page-status";

export const Route = createFileRoute("/sign-in")({
  component: SignInPage,
  // Where to go on to: never another origin.
  validateSearch: (search): { next?: string } => ({ next: ownPath(search["next"]) }),
});

function SignInPage() {
  const next = ownPath(Route.useSearch().next);
  usePageStatus("Sign in", "off");
  return (
    <Page>
      {/* Previews are no pages of this application, so the browser goes there itself. */}
      <SignInForm onSignedIn={() => location.assign(next)} />
    </Page>
  );
}
