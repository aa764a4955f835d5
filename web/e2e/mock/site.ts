/** Where the tests of a worker find their control plane: the built dashboard with the headers that it really has,
 * and the API of the test that runs. One address for all spares the browser to compile the dashboard anew. */

import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { Mock } from "./server";

const DIST = fileURLToPath(new URL("../../node_modules/.cache/e2e", import.meta.url));
const CSP =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export class Site {
  private mock: Mock | undefined;
  private readonly server = createServer((request, response) => void this.serve(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** A control plane of its own for each test. */
  open(): Mock {
    const { port } = this.server.address() as AddressInfo;
    this.mock = new Mock(`http://127.0.0.1:${port}`);
    return this.mock;
  }

  close() {
    this.mock?.dropStreams();
    this.mock = undefined;
  }

  private serve(request: IncomingMessage, response: ServerResponse) {
    const { pathname } = new URL(request.url ?? "/", "http://mock");
    if (!pathname.startsWith("/api/v1/")) return asset(pathname, response);
    if (this.mock) return this.mock.serve(request, response);
    response.writeHead(503).end();
  }
}

async function asset(path: string, response: ServerResponse) {
  const name = normalize(path).replace(/^\/+/, "");
  const file = extname(name) ? name : "index.html";
  try {
    const content = await readFile(join(DIST, file));
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-security-policy": CSP,
      "cache-control": name.startsWith("assets/")
        ? "public, max-age=31536000, immutable"
        : "no-cache",
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}
