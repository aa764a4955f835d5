import { useMutation, useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { deviceRequest } from "../../api/accessQueries";
import { client, ok } from "../../api/client";
import { me } from "../../api/queries";
import type { DeviceRequest } from "../../api/types";
import { Button } from "../../ui/Button";
import { TimeLeft } from "../../ui/CountdownRing";
import { TextField } from "../../ui/Field";
import { Moment } from "../../ui/Moment";
import { ProblemNote, QueryView } from "../../ui/States";
import { Card } from "../sign-in/Card";
import { Asked, clientName } from "./AuthorizePage";

/** Codes are letters and digits, typed with or without their dash. */
export function readCode(text: string): string {
  const plain = text.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return plain.length === 8 ? `${plain.slice(0, 4)}-${plain.slice(4)}` : plain;
}

function Enter() {
  const [code, setCode] = useState("");
  const navigate = useNavigate();
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        void navigate({ to: "/device", search: { user_code: readCode(code) } });
      }}
    >
      <h1>Sign in another device</h1>
      <p>Type the code that it shows.</p>
      <TextField
        label="Code"
        required
        autoFocus
        className="input code big"
        placeholder="XXXX-XXXX"
        maxLength={20}
        autoCapitalize="characters"
        spellCheck={false}
        value={code}
        onChange={setCode}
      />
      <div className="row">
        <span className="grow" />
        <Button type="submit" tone="primary">
          Go on
        </Button>
      </div>
    </form>
  );
}

function Confirm({ code, device }: { code: string; device: DeviceRequest }) {
  const { user } = useSuspenseQuery(me()).data;
  const path = { user_code: code };
  const decide = useMutation({
    mutationFn: (decision: "approve" | "deny") =>
      decision === "approve"
        ? ok(client.POST("/api/v1/oauth/devices/{user_code}/approve", { params: { path } }))
        : ok(client.POST("/api/v1/oauth/devices/{user_code}/deny", { params: { path } })),
  });
  if (decide.isSuccess) {
    const allowed = decide.variables === "approve";
    return (
      <>
        <div role="status">
          <h1>{allowed ? "It is signed in" : "It was refused"}</h1>
        </div>
        <p>
          {allowed ? "Go back to it. " : "It gets nothing. "}
          You can close this page.
        </p>
      </>
    );
  }
  return (
    <>
      <h1>Is this the code that it shows?</h1>
      <p className="user-code mono">{code}</p>
      <Asked name={clientName(device.client_id)} user={user} />
      <p className="muted">
        It asked <Moment at={device.requested_at} />, and waits for{" "}
        <TimeLeft until={device.expires_at} />. If somebody sent you this code, refuse: they would
        be signed in as you.
      </p>
      {decide.error && <ProblemNote error={decide.error} />}
      <div className="row consent">
        <Button
          tone="no"
          busy={decide.isPending && decide.variables === "deny"}
          onClick={() => decide.mutate("deny")}
        >
          Refuse
        </Button>
        <span className="grow" />
        <Button
          tone="primary"
          busy={decide.isPending && decide.variables === "approve"}
          onClick={() => decide.mutate("approve")}
        >
          Allow
        </Button>
      </div>
    </>
  );
}

function Looked({ code }: { code: string }) {
  const query = useQuery(deviceRequest(code));
  const navigate = useNavigate();
  if (query.error) {
    return (
      <>
        <h1>This code does not work</h1>
        <ProblemNote error={query.error} />
        <div className="row">
          <Button onClick={() => void navigate({ to: "/device", search: {} })}>
            Type another code
          </Button>
        </div>
      </>
    );
  }
  return <QueryView query={query}>{(device) => <Confirm code={code} device={device} />}</QueryView>;
}

/** Signs in a device that has no browser, by the code that it shows (RFC 8628). */
export function DevicePage() {
  const { user_code } = useSearch({ from: "/own/device" });
  return (
    <Card title="Sign in a device">
      {user_code ? <Looked key={user_code} code={user_code} /> : <Enter />}
    </Card>
  );
}
