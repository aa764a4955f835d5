import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { signInOptions } from "../../api/accessQueries";
import { users } from "../../api/queries";
import type { User } from "../../api/types";
import { LiftButton, LockButton, LockPill } from "../../record/Locking";
import { useLocked } from "../../record/locks";
import { useRowKeys } from "../../shell/useRowKeys";
import { roleWord } from "../../text/access";
import { Button } from "../../ui/Button";
import { LabelList, NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { LinkDialog } from "./LinkDialog";
import { UserDialog } from "./UserDialog";

interface RowProps {
  user: User;
  /** Whether links sign in. */
  links: boolean;
  onChange: () => void;
  onLink: () => void;
}

function Row({ user, links, onChange, onLink }: RowProps) {
  const lock = useLocked().human(user.email);
  return (
    <tr>
      <td>
        <b>{user.name}</b> <LockPill lock={lock} />
        <div className="faint">{user.email}</div>
      </td>
      <td>
        <NameList names={user.roles.map(roleWord)} />
      </td>
      <td>
        <NameList names={user.groups} />
        {user.review_scope && (
          <div className="faint">
            on <LabelList labels={user.review_scope} />
          </div>
        )}
      </td>
      <td>
        {user.disabled_at ? (
          <Pill tone="deny">disabled</Pill>
        ) : (
          <Pill tone="allow">{user.source === "oidc" ? "by provider" : "by link"}</Pill>
        )}
      </td>
      <td className="num faint changed">
        {user.last_sign_in_at ? (
          <Moment at={user.last_sign_in_at} />
        ) : (
          user.last_sign_in_at === null && "never"
        )}
      </td>
      <td className="num wraps">
        {lock ? (
          <LiftButton lock={lock} />
        ) : (
          <LockButton
            lock={lock}
            title={`Lock ${user.name}?`}
            choices={[
              {
                subject: { kind: "human", name: user.email },
                label: "this person",
                text: `${user.email} and every agent that is theirs or acts for them: sessions end within a second, and they get no new one.`,
              },
            ]}
          />
        )}{" "}
        {!user.disabled_at && links && (
          <Button small onClick={onLink} aria-label={`Sign-in link for ${user.name}`}>
            Sign-in link…
          </Button>
        )}{" "}
        <Button small data-row onClick={onChange} aria-label={`Change ${user.name}`}>
          Change…
        </Button>
      </td>
    </tr>
  );
}

export function UsersPage() {
  const query = useQuery(users());
  const links = useQuery(signInOptions()).data?.links ?? true;
  const [search, setSearch] = useState("");
  const [editing, setEditing] = useState<User | "new">();
  const [linking, setLinking] = useState<User>();
  useRowKeys();
  const wanted = search.trim().toLowerCase();
  const matches = (user: User) =>
    [user.name, user.email, ...user.roles.map(roleWord), ...user.groups]
      .join("\n")
      .toLowerCase()
      .includes(wanted);
  return (
    <>
      <TopBar title="People" sub="Who signs in here, and what they may do">
        <SearchBox label="Search people" value={search} onChange={setSearch} />
        <Button tone="primary" onClick={() => setEditing("new")}>
          Add…
        </Button>
      </TopBar>
      <div className="scrolls">
        <div className="page">
          <Panel flush>
            <QueryView query={query} lines={4}>
              {(list) => {
                const shown = list.filter(matches);
                if (shown.length === 0) return <Blank title="Nobody matches." />;
                return (
                  <table className="pick">
                    <thead>
                      <tr>
                        <th>Person</th>
                        <th>Roles</th>
                        <th>Decides for groups</th>
                        <th>Signs in</th>
                        <th className="num changed">Last</th>
                        <th>
                          <span className="sr-only">Actions</span>
                        </th>
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((user) => (
                        <Row
                          key={user.id}
                          user={user}
                          links={links}
                          onChange={() => setEditing(user)}
                          onLink={() => setLinking(user)}
                        />
                      ))}
                    </tbody>
                  </table>
                );
              }}
            </QueryView>
          </Panel>
        </div>
      </div>
      {editing && (
        <UserDialog
          user={editing === "new" ? undefined : editing}
          onClose={() => setEditing(undefined)}
        />
      )}
      {linking && <LinkDialog user={linking} onClose={() => setLinking(undefined)} />}
    </>
  );
}
