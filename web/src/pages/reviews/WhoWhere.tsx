import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { session } from "../../api/queries";
import type { Principal, Review } from "../../api/types";
import { GrantMark } from "../../record/GrantMark";
import { shortId } from "../../text/format";
import { LabelList, NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Fact, Facts, Panel } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";

const KIND: Record<Principal["kind"], string> = {
  agent: "Agent",
  human: "Person",
  service: "Service",
};

export function Who({ review }: { review: Review }) {
  const { principal } = review;
  // A review of an older edge does not say under which grant it was asked; its session does.
  const asked = useQuery({ ...session(review.session_id), enabled: !review.grant }).data;
  const grant = review.grant ?? asked?.grant;
  const groups = principal.groups ?? [];
  const claims = principal.claims ?? {};
  return (
    <Panel title="Who">
      <Facts>
        <Fact name={KIND[principal.kind]}>
          <b>
            <Revealed text={principal.name} />
          </b>
        </Fact>
        <Fact name="Acts for">
          {principal.on_behalf_of && <Revealed text={principal.on_behalf_of} />}
        </Fact>
        <Fact name="Is">
          {(groups.length > 0 || Object.keys(claims).length > 0) && (
            <span className="labels">
              {groups.length > 0 && <NameList names={groups} />}
              {Object.keys(claims).length > 0 && <LabelList labels={claims} />}
            </span>
          )}
        </Fact>
        <Fact name="Grant">{grant && <GrantMark grant={grant} />}</Fact>
        <Fact name="Session">
          <Link
            to="/sessions/$sessionId"
            params={{ sessionId: review.session_id }}
            search={{ action: review.action_id }}
            className="mono"
          >
            {shortId("S", review.session_id)}
          </Link>
          <span className="faint">
            , asked <Moment at={review.requested_at} />
          </span>
        </Fact>
      </Facts>
    </Panel>
  );
}

export function Where({ review }: { review: Review }) {
  return (
    <Panel title="Where">
      <Facts>
        <Fact name="Target">
          <b>
            <Revealed text={review.target} />
          </b>
        </Fact>
        <Fact name="Labels">
          <LabelList labels={review.labels} />
        </Fact>
        <Fact name="Edge">
          <Revealed text={review.edge} />
        </Fact>
      </Facts>
    </Panel>
  );
}
