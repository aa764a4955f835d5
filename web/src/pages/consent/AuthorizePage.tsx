import { useMutation, useSuspenseQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { me } from "../../api/queries";
import type { AuthorizeRequest, SignedInUser } from "../../api/types";
import { roleWord } from "../../text/access";
import { Button } from "../../ui/Button";
import { Fact, Facts } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";
import { ProblemNote } from "../../ui/States";
import { Card } from "../sign-in/Card";
import { loopback, refusalOf } from "./loopback";

/** What an MCP client gets: one target, of the edge that sent it here. */
function AskedForTarget({
  name,
  user,
  resource,
}: {
  name: string;
  user: SignedInUser;
  resource: string;
}) {
  return (
    <>
      <p>
        <b>
          <Revealed text={name} />
        </b>{" "}
        asks to act as you at one target.
      </p>
      <Facts>
        <Fact name="You are">
          {user.name} <span className="faint break">{user.email}</span>
        </Fact>
        <Fact name="It asks for">
          <code className="break">
            <Revealed text={resource} />
          </code>
        </Fact>
        <Fact name="It gets">a credential for that target alone, for an hour at most</Fact>
        <Fact name="It ends">when your provider says so, or an admin locks you</Fact>
      </Facts>
    </>
  );
}

/** Who is asked, and what it comes to. */
export function Asked({ name, user }: { name: string; user: SignedInUser }) {
  return (
    <>
      <p>
        <b>
          <Revealed text={name} />
        </b>{" "}
        asks to act as you at this control plane.
      </p>
      <Facts>
        <Fact name="You are">
          {user.name} <span className="faint break">{user.email}</span>
        </Fact>
        <Fact name="It gets">
          a token that may do what you may ({user.roles.map(roleWord).join(", ")}), for 12 hours at
          most
        </Fact>
        <Fact name="It ends">
          when you sign it out, your provider says so, or an admin locks you
        </Fact>
      </Facts>
    </>
  );
}

const MCP = "countersign-mcp";

const CLIENTS: Record<string, string> = {
  "countersign-cli": "The countersign command line",
  [MCP]: "An MCP client on this machine",
};

export const clientName = (id: string) => (Object.hasOwn(CLIENTS, id) ? CLIENTS[id] : id) ?? id;

function Consent({ request, redirect }: { request: AuthorizeRequest; redirect: URL }) {
  const { user } = useSuspenseQuery(me()).data;
  const [left, setLeft] = useState<"allowed" | "cancelled">();
  const go = (address: string, how: "allowed" | "cancelled") => {
    setLeft(how);
    window.location.assign(address);
  };
  const allow = useMutation({
    mutationFn: () => ok(client.POST("/api/v1/oauth/authorizations", { body: request })),
    gcTime: 0,
    onSuccess: ({ redirect_to }) => {
      if (loopback(redirect_to)) go(redirect_to, "allowed");
    },
  });
  if (left) {
    return (
      <>
        <div role="status">
          <h1>{left === "allowed" ? "It is signed in" : "Cancelled"}</h1>
        </div>
        <p>
          Go back to {request.client_id === MCP ? "it" : "your terminal"}. You can close this page.
        </p>
      </>
    );
  }
  return (
    <>
      <h1>{request.resource ? "Sign in an MCP client?" : "Sign in the command line?"}</h1>
      {request.resource ? (
        <AskedForTarget
          name={clientName(request.client_id)}
          user={user}
          resource={request.resource}
        />
      ) : (
        <Asked name={clientName(request.client_id)} user={user} />
      )}
      <p className="muted">
        It waits on this machine, at <code>{redirect.host}</code>. If you did not just start it,
        cancel.
      </p>
      {allow.error && <ProblemNote error={allow.error} />}
      <div className="row consent">
        <Button onClick={() => go(refusalOf(redirect, request.state), "cancelled")}>Cancel</Button>
        <span className="grow" />
        <Button tone="primary" busy={allow.isPending} onClick={() => allow.mutate()}>
          Allow
        </Button>
      </div>
    </>
  );
}

/** The request as it is written in the address: the router would read some of it as numbers. */
export function readRequest(asked: URLSearchParams): AuthorizeRequest | undefined {
  const text = (name: string) => asked.get(name) ?? "";
  const request = {
    client_id: text("client_id"),
    redirect_uri: text("redirect_uri"),
    code_challenge: text("code_challenge"),
    state: text("state"),
  };
  const whole = Object.values(request).every((value) => value !== "");
  // The plain method would show the secret to whoever sees the address (RFC 7636, 7.2).
  const kind = [asked.get("response_type"), asked.get("code_challenge_method")];
  if (!whole || kind.join() !== "code,S256") return undefined;
  // What the command line gets is for no target: only an MCP client says one.
  const resource = request.client_id === MCP ? (asked.get("resource") ?? undefined) : undefined;
  return { ...request, resource, scope: asked.get("scope") ?? undefined };
}

/** The command line asks, by the browser that it opened, to be signed in. */
export function AuthorizePage() {
  const address = useLocation({ select: (location) => location.searchStr });
  const asked = new URLSearchParams(address);
  const redirect = loopback(asked.get("redirect_uri") ?? undefined);
  const request = readRequest(asked);
  return (
    <Card title="Allow access">
      {request && redirect ? (
        <Consent request={request} redirect={redirect} />
      ) : (
        <>
          <h1>This request is not whole</h1>
          <p>
            {asked.has("redirect_uri") && !redirect
              ? "It would send you to another machine, which no sign-in of the command line does. Nothing was allowed."
              : "Something is missing from its address. Run countersign login again."}
          </p>
        </>
      )}
    </Card>
  );
}
