/**
 * An OpenID provider: the certified implementation `oidc-provider`, with its pages for signing in.
 * `node openid-provider.mjs PORT REDIRECT_URI ALGORITHM`; says `ready` when it listens.
 */
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [port, redirectUri, algorithm] = process.argv.slice(2);

/** A new key for each algorithm, as large providers publish several at once. */
const KEYS = [
  ["RS256", "rsa", { modulusLength: 2048 }],
  ["ES256", "ec", { namedCurve: "P-256" }],
  ["EdDSA", "ed25519", {}],
].map(([alg, type, options]) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }),
  alg,
  use: "sig",
}));

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
      id_token_signed_response_alg: algorithm,
    },
  ],
  claims: {
    email: ["email", "email_verified"],
    profile: ["name", "preferred_username"],
  },
  jwks: { keys: KEYS },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
});

provider.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
