import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { principals } from "../../api/queries";
import type { PrincipalView } from "../../api/types";
import { useIsAdmin } from "../../shell/useRole";
import { useRowKeys } from "../../shell/useRowKeys";
import { plural } from "../../text/format";
import { Button } from "../../ui/Button";
import { LabelList, NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { PrincipalDialog } from "./PrincipalDialog";
import { PrincipalPanel } from "./PrincipalPanel";

function Row({ principal, selected }: { principal: PrincipalView; selected: boolean }) {
  const count = principal.active_credentials;
  return (
    <tr aria-selected={selected}>
      <td>
        <Link to="/principals/$principalId" params={{ principalId: principal.id }} data-row>
          <b>{principal.name}</b>
        </Link>
        {principal.on_behalf_of && <div className="faint">for {principal.on_behalf_of}</div>}
      </td>
      <td>{principal.kind}</td>
      <td>
        <NameList names={principal.groups} />
      </td>
      <td>
        <LabelList labels={principal.claims} />
      </td>
      <td>
        {count > 0 ? (
          <Pill tone="allow">{plural(count, "credential")}</Pill>
        ) : (
          <span className="faint">cannot sign in</span>
        )}
      </td>
      <td className="num faint">
        <Moment at={principal.created_at} />
      </td>
    </tr>
  );
}

export function PrincipalsPage() {
  const { principalId } = useParams({ strict: false });
  const navigate = useNavigate();
  const query = useQuery(principals());
  const admin = useIsAdmin();
  const [search, setSearch] = useState("");
  const [adding, setAdding] = useState(false);
  useRowKeys();
  const wanted = search.trim().toLowerCase();
  const selected = query.data?.find((p) => p.id === principalId);
  const matches = (p: PrincipalView) =>
    [p.name, p.on_behalf_of, ...(p.groups ?? [])].join("\n").toLowerCase().includes(wanted);
  return (
    <>
      <TopBar title="Principals" sub="Who acts">
        <SearchBox label="Search names, groups" value={search} onChange={setSearch} />
        {admin && (
          <Button tone="primary" onClick={() => setAdding(true)}>
            Add…
          </Button>
        )}
      </TopBar>
      <div className="scrolls">
        <div className={selected ? "page split" : "page"}>
          <Panel flush>
            <QueryView query={query} lines={6}>
              {(list) => {
                const shown = list.filter(matches);
                if (shown.length === 0) {
                  return (
                    <Blank title={list.length > 0 ? "No principal matches." : "No principals yet."}>
                      {list.length === 0 &&
                        "Add an agent, a person or a service, and give it a credential."}
                    </Blank>
                  );
                }
                return (
                  <table className="pick">
                    <thead>
                      <tr>
                        <th>Name</th>
                        <th>Kind</th>
                        <th>Groups</th>
                        <th>Claims</th>
                        <th>Signs in with</th>
                        <th className="num">Added</th>
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((principal) => (
                        <Row
                          key={principal.id}
                          principal={principal}
                          selected={principal.id === principalId}
                        />
                      ))}
                    </tbody>
                  </table>
                );
              }}
            </QueryView>
          </Panel>
          {selected && <PrincipalPanel key={selected.id} principal={selected} />}
        </div>
      </div>
      {adding && (
        <PrincipalDialog
          onClose={() => setAdding(false)}
          onSaved={(id) =>
            navigate({ to: "/principals/$principalId", params: { principalId: id } })
          }
        />
      )}
    </>
  );
}
