// A real OpenID Connect provider (npm oidc-provider) with its own login and consent pages.
// node provider.mjs PORT REDIRECT_URI: prints its issuer once it listens. Each start makes new signing keys.
//
// Whoever signs in is who they say: the login is the e-mail address. `unverified:` before it makes it one that the
// provider has not verified, `nameless:` one that it does not tell.
import { generateKeyPairSync, randomBytes } from "node:crypto";

import Provider from "oidc-provider";

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;

function signingKey(type, options, alg) {
  const jwk = generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
  return { ...jwk, alg, use: "sig", kid: randomBytes(8).toString("hex") };
}

function claimsOf(login) {
  const [, flag, email] = /^(?:(unverified|nameless):)?(.*)$/.exec(login);
  const known = { sub: login, name: email.split("@")[0] };
  return flag === "nameless" ? known : { ...known, email, email_verified: flag !== "unverified" };
}

const provider = new Provider(issuer, {
  clients: [
    { client_id: "groundwire", client_secret: "a-secret-of-the-tests", redirect_uris: [redirectUri] },
    {
      client_id: "public",
      token_endpoint_auth_method: "none",
      redirect_uris: [redirectUri],
      id_token_signed_response_alg: "ES256",
    },
    {
      client_id: "posting",
      client_secret: "a-secret-of-the-tests",
      token_endpoint_auth_method: "client_secret_post",
      redirect_uris: [redirectUri],
    },
  ],
  jwks: {
    keys: [
      signingKey("rsa", { modulusLength: 2048 }, "RS256"),
      signingKey("ec", { namedCurve: "P-256" }, "ES256"),
    ],
  },
  cookies: { keys: [randomBytes(16).toString("hex")] },
  claims: { email: ["email", "email_verified"], profile: ["name"] },
  pkce: { required: () => true },
  findAccount: (_, login) => ({ accountId: login, claims: () => claimsOf(login) }),
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
});

provider.listen(Number(port), "127.0.0.1", () => console.log(issuer));
