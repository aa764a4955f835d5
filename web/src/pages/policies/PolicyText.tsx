import { useQuery } from "@tanstack/react-query";
import { policyVersion } from "../../api/queries";
import { LongText } from "../../ui/LongText";
import { Panel } from "../../ui/Panel";

/** The text of a version that is one. */
export function PolicyText({ versionId }: { versionId: string }) {
  const { data } = useQuery(policyVersion(versionId));
  if (!data?.text) return null;
  return (
    <Panel title={`Text of v${data.version}`} aside={data.language} flush>
      <pre className="policy-text">
        <LongText text={data.text} />
      </pre>
    </Panel>
  );
}
