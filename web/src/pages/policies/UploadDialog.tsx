import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { formatBytes } from "../../text/format";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { Field, TextField } from "../../ui/Field";
import { ProblemNote } from "../../ui/States";

interface Props {
  onClose: () => void;
  /** The way to a policy that is a text. */
  onWrite: () => void;
}

/** Pushes a policy: a component that carries its manifest. */
export function UploadDialog({ onClose, onWrite }: Props) {
  const [file, setFile] = useState<File>();
  const [changelog, setChangelog] = useState("");
  const [sourceUrl, setSourceUrl] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const push = useMutation({
    mutationFn: (module: File) =>
      ok(
        client.POST("/api/v1/policy_versions", {
          params: {
            query: {
              changelog: changelog.trim() || undefined,
              source_url: sourceUrl.trim() || undefined,
            },
          },
          headers: { "content-type": "application/wasm" },
          // The document describes bytes as numbers; they are sent as they are.
          body: module as never,
          bodySerializer: (bytes: unknown) => bytes as Blob,
        }),
      ),
    onSuccess: async (version) => {
      await queries.invalidateQueries({ queryKey: ["policy"] });
      onClose();
      await navigate({ to: "/policies/$policyId", params: { policyId: version.policy_id } });
    },
  });
  return (
    <Dialog title="Upload a policy" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (file) push.mutate(file);
        }}
      >
        <Field
          label="Component"
          help="A .wasm component, as `countersign policy build` makes it. A new version is bound to nothing until you bind it."
        >
          {(props) => (
            <input
              {...props}
              type="file"
              accept=".wasm,application/wasm"
              onChange={(event) => {
                setFile(event.target.files?.[0]);
                push.reset();
              }}
            />
          )}
        </Field>
        <TextField
          label="What changed"
          value={changelog}
          onChange={setChangelog}
          maxLength={2000}
          placeholder="For whoever reads the versions"
        />
        <TextField
          label="Source"
          type="url"
          value={sourceUrl}
          onChange={setSourceUrl}
          maxLength={2000}
          placeholder="https:// where its source is"
        />
        <p className="muted">
          Or{" "}
          <Button tone="link" onClick={onWrite}>
            write it in Rego or Cedar
          </Button>
          , here.
        </p>
        {push.error && <ProblemNote error={push.error} />}
        <div className="actions">
          <span className="muted grow">{file && `${file.name}, ${formatBytes(file.size)}`}</span>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={!file} busy={push.isPending}>
            Upload
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
