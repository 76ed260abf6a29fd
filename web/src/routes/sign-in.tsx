import { useQuery } from "@tanstack/react-query";
import { createFileRoute } from "@tanstack/react-router";
import { getSignInMethods } from "../api/people";
import { ProviderNotice } from "../components/people/ProviderNotice";
import {
  isProblem,
  type ProviderSearch,
  problemWords,
  providerSearch,
} from "../components/people/provider-words";
import { SignInForm } from "../components/people/SignInForm";
import { Page } from "../components/shell/Page";
import { ownPath } from "../live/own-path";
import { usePageStatus } from "../live/page-status";

export const Route = createFileRoute("/sign-in")({
  component: SignInPage,
  // Where to go on to: never another origin.
  validateSearch: (search): { next?: string } & ProviderSearch => ({
    next: ownPath(search["next"]),
    ...providerSearch(search),
  }),
});

function SignInPage() {
  const search = Route.useSearch();
  const next = ownPath(search.next);
  const methods = useQuery({ queryKey: ["sign-in"], queryFn: getSignInMethods, staleTime: 60_000 });
  usePageStatus("Sign in", "off");
  const label = methods.data?.providers.find((it) => it.id === search.provider)?.label;
  const words = isProblem(search.problem) ? problemWords(search.problem, label) : undefined;
  return (
    <Page>
      <SignInForm
        next={next}
        notice={
          words !== undefined && (
            <ProviderNotice tone="bad" title={words.title}>
              {words.text}
            </ProviderNotice>
          )
        }
        // Previews are no pages of this application, so the browser goes there itself.
        onSignedIn={() => location.assign(next)}
      />
    </Page>
  );
}
