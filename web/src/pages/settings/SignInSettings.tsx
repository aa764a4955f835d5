import { useMutation, useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { signInProvider } from "../../api/accessQueries";
import { client, ok } from "../../api/client";
import type { SignInProvider } from "../../api/types";
import { roleWord } from "../../text/access";
import { Button } from "../../ui/Button";
import { Copyable } from "../../ui/Copyable";
import { LabelList, NameList } from "../../ui/LabelList";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { ProblemNote, QueryView } from "../../ui/States";
import { TopBar } from "../../ui/TopBar";
import { SettingsTabs } from "./SettingsTabs";
import { TestResult } from "./TestResult";

const EXAMPLE = `[oidc]
issuer = "https://login.example.com"
client_id = "countersign"
client_secret_file = "/etc/countersign/oidc-secret"
name = "Example SSO"
roles = [{ group = "platform", role = "admin" }]`;

function NotConfigured() {
  return (
    <Panel title="Identity provider" aside={<Pill tone="shadow">not set up</Pill>}>
      <div className="stack">
        <p>
          People sign in with one-time links. To let them sign in through your identity provider,
          name it in the control plane's configuration and start it again:
        </p>
        <pre className="command">{EXAMPLE}</pre>
      </div>
    </Panel>
  );
}

/** Goes to the provider to sign in there; the answer comes back to this page. */
function TestButton() {
  const start = useMutation({
    mutationFn: () => ok(client.POST("/api/v1/sign-in/provider/test")),
    onSuccess: ({ url }) => window.location.assign(url),
  });
  return (
    <div className="stack">
      {start.error && <ProblemNote error={start.error} />}
      <div className="row wrap">
        <Button
          tone="primary"
          busy={start.isPending || start.isSuccess}
          onClick={() => start.mutate()}
        >
          Test it…
        </Button>
        <span className="muted">
          You sign in at the provider, and see here what came back. Your session stays as it is.
        </span>
      </div>
    </div>
  );
}

function Provider({ provider }: { provider: SignInProvider }) {
  if (!provider.configured) return <NotConfigured />;
  return (
    <Panel
      title="Identity provider"
      aside={
        <Pill tone={provider.reachable ? "allow" : "deny"}>
          {provider.reachable ? "it answers" : "it does not answer"}
        </Pill>
      }
    >
      <div className="stack">
        {provider.problem && (
          <div className="note break" data-tone="deny">
            <Revealed text={provider.problem.detail} />
            <div className="faint mono">{provider.problem.code}</div>
          </div>
        )}
        <Facts>
          <Fact name="Name">{provider.name}</Fact>
          <Fact name="Issuer">
            <span className="mono">{provider.issuer}</span>
          </Fact>
          <Fact name="Client id">
            <span className="mono">{provider.client_id}</span>
          </Fact>
          <Fact name="Scopes">
            <NameList names={provider.scopes} />
          </Fact>
          <Fact name="Groups in">
            <span className="mono">{provider.groups_claim}</span>
          </Fact>
          <Fact name="No role">
            {provider.default_role
              ? `Whose groups give no role is a ${roleWord(provider.default_role)}.`
              : "Whose groups give no role is turned away."}
          </Fact>
          <Fact name="Sign-out">
            {provider.ends_sessions
              ? "Signing out here signs out there too."
              : "Signing out here ends the session here alone."}{" "}
            {provider.tells_of_logouts && "The provider tells when somebody signs out elsewhere."}
          </Fact>
          <Fact name="Links">
            {provider.links ? (
              <>
                <Pill tone="review">work too</Pill> One-time links also sign in.
              </>
            ) : (
              "Sign-in links are off."
            )}
          </Fact>
        </Facts>
        <TestButton />
      </div>
    </Panel>
  );
}

function GroupRoles({ roles }: Pick<SignInProvider, "roles">) {
  return (
    <Panel title="Roles by group" flush>
      {roles.length === 0 ? (
        <p className="in note" data-tone="deny">
          No group has a role, so nobody can sign in through the provider.
        </p>
      ) : (
        <table>
          <thead>
            <tr>
              <th>Group</th>
              <th>Role</th>
              <th>Decides on targets with</th>
            </tr>
          </thead>
          <tbody>
            {roles.map((each) => (
              <tr key={`${each.group} ${each.role} ${JSON.stringify(each.target_labels)}`}>
                <td className="mono break">{each.group}</td>
                <td>{roleWord(each.role)}</td>
                <td>
                  <LabelList labels={each.target_labels ?? undefined} none="any labels" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

/** How people sign in, whether it works, and what is to be registered at the provider. */
export function SignInSettings() {
  const { test } = useSearch({ from: "/shell/settings/sign-in" });
  const query = useQuery(signInProvider());
  return (
    <>
      <TopBar title="Settings" documentTitle="Sign-in settings" sub="How people sign in" />
      <SettingsTabs />
      <div className="scrolls">
        <div className="page narrow">
          {test && <TestResult key={test} id={test} />}
          <QueryView query={query} lines={6}>
            {(provider) => (
              <>
                <Provider provider={provider} />
                {provider.configured && <GroupRoles roles={provider.roles} />}
                <Panel title="To register at the provider">
                  <div className="form">
                    <Copyable label="Redirect URI" value={provider.redirect_uris.callback} />
                    <Copyable label="After sign-out" value={provider.redirect_uris.post_logout} />
                    <Copyable
                      label="Back-channel logout"
                      value={provider.redirect_uris.backchannel_logout}
                    />
                  </div>
                </Panel>
              </>
            )}
          </QueryView>
        </div>
      </div>
    </>
  );
}
