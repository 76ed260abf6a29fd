/**
 * An OpenID provider: the certified implementation `oidc-provider`, with its pages for signing in.
 * `node openid-provider.mjs PORT REDIRECT_URI`; says `ready` when it listens.
 */
import Provider from "oidc-provider";

const [port, redirectUri] = process.argv.slice(2);

/** Whoever signs in by a name, with any password. */
const PEOPLE = {
  bea: { name: "Bea Baker", preferred_username: "bea", email: "bea@example.org", email_verified: true },
  cem: { name: "Cem", email: "cem@example.org", email_verified: true },
  eve: { name: "Eve", email: "bea@example.org", email_verified: false },
  mallory: { name: "Mallory", email: "bea@example.org", email_verified: "true" },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: "stead",
      client_secret: "the secret of the e2e tests",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  claims: {
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username"],
  },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
});

provider.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
