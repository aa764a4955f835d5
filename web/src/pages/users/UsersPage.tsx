import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { users } from "../../api/queries";
import type { User } from "../../api/types";
import { useRowKeys } from "../../shell/useRowKeys";
import { Button } from "../../ui/Button";
import { NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { LinkDialog } from "./LinkDialog";
import { UserDialog } from "./UserDialog";

interface RowProps {
  user: User;
  onChange: () => void;
  onLink: () => void;
}

function Row({ user, onChange, onLink }: RowProps) {
  return (
    <tr>
      <td>
        <b>{user.name}</b>
        <div className="faint">{user.email}</div>
      </td>
      <td>{user.role}</td>
      <td>
        <NameList names={user.groups} />
      </td>
      <td>
        {user.disabled_at ? (
          <Pill tone="deny">disabled</Pill>
        ) : (
          <Pill tone="allow">may sign in</Pill>
        )}
      </td>
      <td className="num faint">
        <Moment at={user.created_at} />
      </td>
      <td className="num nowrap">
        {!user.disabled_at && (
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
  const [search, setSearch] = useState("");
  const [editing, setEditing] = useState<User | "new">();
  const [linking, setLinking] = useState<User>();
  useRowKeys();
  const wanted = search.trim().toLowerCase();
  const matches = (user: User) =>
    [user.name, user.email, user.role, ...user.groups].join("\n").toLowerCase().includes(wanted);
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
                        <th>Role</th>
                        <th>Decides for groups</th>
                        <th>State</th>
                        <th className="num">Added</th>
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
