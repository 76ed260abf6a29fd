import { Link } from "@tanstack/react-router";

/** How the server names the page of one's own Git credentials. */
const PLACE = "Settings, Environment";

/** A message about Git, in which the place where credentials are set can be gone to. */
export function CredentialWords({ text }: { text: string }) {
  const at = text.indexOf(PLACE);
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <Link to="/settings/environment">{PLACE}</Link>
      {text.slice(at + PLACE.length)}
    </>
  );
}
