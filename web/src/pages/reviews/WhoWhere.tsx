import { Link } from "@tanstack/react-router";
import type { Principal, Review } from "../../api/types";
import { shortId } from "../../text/format";
import { LabelList, NameList } from "../../ui/LabelList";
import { Moment } from "../../ui/Moment";
import { Facts, Panel } from "../../ui/Panel";
import { Revealed } from "../../ui/Revealed";

const KIND: Record<Principal["kind"], string> = {
  agent: "Agent",
  human: "Person",
  service: "Service",
};

export function Who({ review }: { review: Review }) {
  const { principal } = review;
  return (
    <Panel title="Who">
      <Facts
        rows={[
          [
            KIND[principal.kind],
            <b key="name">
              <Revealed text={principal.name} />
            </b>,
          ],
          ["Acts for", principal.on_behalf_of && <Revealed text={principal.on_behalf_of} />],
          ["Groups", principal.groups?.length ? <NameList names={principal.groups} /> : undefined],
          [
            "Claims",
            Object.keys(principal.claims ?? {}).length > 0 && (
              <LabelList labels={principal.claims} />
            ),
          ],
          [
            "Session",
            <Link
              key="session"
              to="/sessions/$sessionId"
              params={{ sessionId: review.session_id }}
              search={{ action: review.action_id }}
              className="mono"
            >
              {shortId("S", review.session_id)}
            </Link>,
          ],
          ["Asked", <Moment key="asked" at={review.requested_at} />],
        ]}
      />
    </Panel>
  );
}

export function Where({ review }: { review: Review }) {
  return (
    <Panel title="Where">
      <Facts
        rows={[
          [
            "Target",
            <b key="target">
              <Revealed text={review.target} />
            </b>,
          ],
          ["Labels", <LabelList key="labels" labels={review.labels} />],
          ["Edge", <Revealed key="edge" text={review.edge} />],
        ]}
      />
    </Panel>
  );
}
