/** Why a sign-in through the identity provider failed, for whom it happened to. */

export interface Failure {
  title: string;
  /** What it means. */
  text: string;
  /** What helps. */
  remedy: "again" | "wait" | "admin";
}

const FAILURES: Record<string, Failure> = {
  provider_unreachable: {
    title: "The identity provider does not answer",
    text: "Countersign could not reach it, so nobody was signed in.",
    remedy: "wait",
  },
  provider_slow: {
    title: "The identity provider took too long",
    text: "It did not answer in time, so nobody was signed in.",
    remedy: "wait",
  },
  provider_refused: {
    title: "The identity provider refused",
    text: "It did not accept what Countersign sent. The client id or secret may be wrong.",
    remedy: "admin",
  },
  wrong_issuer: {
    title: "This is not the identity provider that was expected",
    text: "What came back names another issuer than the one that is configured.",
    remedy: "admin",
  },
  clock_skew: {
    title: "The clocks differ too much",
    text: "The provider's time and Countersign's are too far apart to tell what is still valid.",
    remedy: "admin",
  },
  bad_signature: {
    title: "The provider's answer could not be verified",
    text: "Its signature fits none of the provider's keys. They may have changed just now.",
    remedy: "again",
  },
  missing_nonce: {
    title: "The provider's answer was incomplete",
    text: "It does not say which sign-in it belongs to, so it was not taken.",
    remedy: "admin",
  },
  replayed: {
    title: "This sign-in was used already",
    text: "Each answer of the provider works once. Going back to it does not sign in again.",
    remedy: "again",
  },
  state_mismatch: {
    title: "This sign-in did not start here",
    text: "It was started in another browser, or too long ago.",
    remedy: "again",
  },
  token_too_large: {
    title: "The provider's answer is too large",
    text: "It may list more groups than fit. Ask for fewer claims at the provider.",
    remedy: "admin",
  },
  no_role: {
    title: "You have no role here",
    text: "The provider knows you, but none of your groups has a role at this control plane.",
    remedy: "admin",
  },
  no_email: {
    title: "The provider gave no e-mail address",
    text: "People are known by it here, and it has to be verified.",
    remedy: "admin",
  },
  email_taken: {
    title: "Your e-mail address belongs to somebody else here",
    text: "A person with this address was added before, and signs in another way.",
    remedy: "admin",
  },
  denied: {
    title: "The sign-in was cancelled",
    text: "You, or the identity provider, said no.",
    remedy: "again",
  },
  disabled: {
    title: "Your access was disabled",
    text: "An administrator disabled it at this control plane.",
    remedy: "admin",
  },
  locked: {
    title: "You are locked",
    text: "An administrator locked you and all your agents.",
    remedy: "admin",
  },
  rate_limited: {
    title: "Too many attempts",
    text: "Sign-ins from your address are held back for a while.",
    remedy: "wait",
  },
  links_disabled: {
    title: "Sign-in links are turned off",
    text: "People sign in through the identity provider here.",
    remedy: "again",
  },
};

export const REMEDY: Record<Failure["remedy"], string> = {
  again: "Sign in once more.",
  wait: "Try again in a minute.",
  admin: "Ask an administrator; give them the code below.",
};

export function failureOf(code: string): Failure {
  return (
    (Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined) ?? {
      title: "You were not signed in",
      text: "The sign-in through the identity provider failed.",
      remedy: "again",
    }
  );
}
