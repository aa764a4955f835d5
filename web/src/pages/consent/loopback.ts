/** Where the command line listens for the answer: this machine and nowhere else, by its number, as
 * the server wants it: a name may lead elsewhere. */
export function loopback(address: string | undefined): URL | undefined {
  if (!address || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  const here = ["127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "http:" && here && !url.username && !url.password ? url : undefined;
}

/** The address that tells the command line that its owner said no (RFC 6749, 4.1.2.1). */
export function refusalOf(redirect: URL, state: string): string {
  const url = new URL(redirect);
  url.searchParams.set("error", "access_denied");
  url.searchParams.set("state", state);
  return url.href;
}
