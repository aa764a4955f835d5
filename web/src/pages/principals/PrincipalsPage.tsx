import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { principals } from "../../api/queries";
import type { PrincipalKind, PrincipalView } from "../../api/types";
import { LockPill } from "../../record/Locking";
import { useLocked } from "../../record/locks";
import { useCan } from "../../shell/can";
import { useRowKeys } from "../../shell/useRowKeys";
import { plural } from "../../text/format";
import { Button } from "../../ui/Button";
import { LabelList, NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Panel } from "../../ui/Panel";
import { Pill } from "../../ui/Pill";
import { Revealed } from "../../ui/Revealed";
import { Blank, QueryView } from "../../ui/States";
import { SearchBox, TopBar } from "../../ui/TopBar";
import { PrincipalDialog } from "./PrincipalDialog";
import { PrincipalPanel } from "./PrincipalPanel";

const KINDS: { kind: PrincipalKind | undefined; label: string }[] = [
  { kind: undefined, label: "All" },
  { kind: "agent", label: "Agents" },
  { kind: "service", label: "Services" },
  { kind: "human", label: "People" },
];

/** Who answers for it. */
function Owner({ principal }: { principal: PrincipalView }) {
  if (principal.owner) return <Revealed text={principal.owner} />;
  if (principal.kind === "human") return <span className="faint">themselves</span>;
  return <Pill tone="review">nobody</Pill>;
}

function Row({ principal, selected }: { principal: PrincipalView; selected: boolean }) {
  const count = principal.active_credentials;
  const lock = useLocked().principal(principal);
  return (
    <tr aria-selected={selected}>
      <td>
        <Link to="/principals/$principalId" params={{ principalId: principal.id }} data-row>
          <b className="break">{principal.name}</b>
        </Link>{" "}
        <LockPill lock={lock} of="principal" />
        <div className="faint break">
          {principal.kind}
          {(principal.purpose || principal.on_behalf_of) && " · "}
          {principal.purpose ? (
            <Revealed text={principal.purpose} />
          ) : (
            principal.on_behalf_of && `for ${principal.on_behalf_of}`
          )}
        </div>
      </td>
      <td className="break">
        <Owner principal={principal} />
      </td>
      <td>
        <NameList names={principal.groups} none="" />{" "}
        <LabelList labels={principal.claims} none="" />
      </td>
      <td>
        {count > 0 ? (
          <Pill tone="allow">{plural(count, "credential")}</Pill>
        ) : (
          <span className="faint">nothing now</span>
        )}
        <div className="faint">
          {principal.last_used_at ? (
            <Moment at={principal.last_used_at} prefix="used " />
          ) : (
            principal.last_used_at === null && "never used"
          )}
        </div>
      </td>
    </tr>
  );
}

export function PrincipalsPage() {
  const { principalId } = useParams({ strict: false });
  const navigate = useNavigate();
  const query = useQuery(principals());
  const { admin } = useCan();
  const [search, setSearch] = useState("");
  const [kind, setKind] = useState<PrincipalKind>();
  const [adding, setAdding] = useState(false);
  useRowKeys();
  const wanted = search.trim().toLowerCase();
  const selected = query.data?.find((p) => p.id === principalId);
  const matches = (p: PrincipalView) =>
    (!kind || p.kind === kind) &&
    [p.name, p.on_behalf_of, p.owner, p.purpose, ...(p.groups ?? [])]
      .join("\n")
      .toLowerCase()
      .includes(wanted);
  return (
    <>
      <TopBar title="Principals" sub="Who acts, and who answers for them">
        <SearchBox label="Search names, owners, groups" value={search} onChange={setSearch} />
        {admin && (
          <Button tone="primary" onClick={() => setAdding(true)}>
            Add…
          </Button>
        )}
      </TopBar>
      <div className="toolbar">
        <div className="tabs" role="group" aria-label="Kind">
          {KINDS.map((each) => (
            <button
              key={each.label}
              type="button"
              aria-pressed={kind === each.kind}
              onClick={() => setKind(each.kind)}
            >
              {each.label}
            </button>
          ))}
        </div>
      </div>
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
                        <th>Owner</th>
                        <th>Groups, labels</th>
                        <th>Signs in with</th>
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
