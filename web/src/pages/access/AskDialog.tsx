import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { grantOptions } from "../../api/accessQueries";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { me } from "../../api/queries";
import type { Grant, GrantOperation, GrantOptions } from "../../api/types";
import { grantId, holderOf, OPERATIONS } from "../../text/access";
import { Button } from "../../ui/Button";
import { ChoicesField } from "../../ui/Choices";
import { Dialog } from "../../ui/Dialog";
import { SelectField, TextField } from "../../ui/Field";
import { ProblemNote, QueryView } from "../../ui/States";
import { DurationField, useDuration } from "./DurationField";
import { TargetsField } from "./TargetsField";

interface Props {
  /** The grant that the request is to follow on. */
  extend?: Grant;
  onDone: (grant: Grant) => void;
  onClose: () => void;
}

const ME = "";

/** The reader, and the agents that they answer for. */
function holders(options: GrantOptions, email: string) {
  const others = options.principals.filter((p) => p.name !== email);
  return [
    { value: ME, label: `me, ${email}` },
    ...others.map((p) => ({ value: p.name, label: `${p.name}, ${p.kind}` })),
  ];
}

function AskForm({ options, extend, onDone, onClose }: Props & { options: GrantOptions }) {
  const { user } = useSuspenseQuery(me()).data;
  const [principal, setPrincipal] = useState(
    extend && extend.principal.name !== user.email ? extend.principal.name : ME,
  );
  const [targets, setTargets] = useState(extend?.targets.map((t) => t.name) ?? []);
  const [operations, setOperations] = useState<GrantOperation[]>(extend?.operations ?? ["read"]);
  const [task, setTask] = useState(extend?.task ?? "");
  const duration = useDuration(options.max_duration_seconds);
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: (seconds: number) =>
      ok(
        client.POST("/api/v1/grants", {
          body: {
            principal: principal || undefined,
            targets,
            operations,
            task: task.trim(),
            duration_seconds: seconds,
            extends: extend?.id,
          },
        }),
      ),
    onSuccess: async (grant) => {
      await queries.invalidateQueries({ queryKey: ["grant"] });
      onDone(grant);
    },
  });
  const problem = ask.error instanceof ApiProblem ? ask.error : undefined;
  // An extension allows no more than what it follows on.
  const choices = extend?.targets ?? options.targets;
  const allowed = OPERATIONS.filter((o) => extend?.operations.includes(o.value) ?? true);
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (duration.seconds !== undefined) ask.mutate(duration.seconds);
      }}
    >
      {extend ? (
        <p className="muted">
          A new request for <b>{holderOf(extend)}</b>, judged like the first one.{" "}
          {grantId(extend.id)} holds until it ends; the new grant follows on it.
        </p>
      ) : (
        <SelectField
          label="For whom"
          value={principal}
          options={holders(options, user.email)}
          error={problem?.fieldError("/principal")}
          onChange={setPrincipal}
        />
      )}
      <TargetsField
        targets={choices}
        chosen={targets}
        error={problem?.fieldError("/targets")}
        onChange={setTargets}
      />
      <ChoicesField
        label="Operations"
        options={allowed}
        values={operations}
        error={problem?.fieldError("/operations")}
        onChange={setOperations}
      />
      <TextField
        label="Task"
        help="What it is for. It stands beside everything that is done under the grant."
        placeholder="refund order 1042"
        required
        maxLength={200}
        value={task}
        error={problem?.fieldError("/task")}
        onChange={setTask}
      />
      <DurationField duration={duration} error={problem?.fieldError("/duration_seconds")} />
      {ask.error && <ProblemNote error={ask.error} />}
      <div className="actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          tone="primary"
          busy={ask.isPending}
          disabled={targets.length === 0 || operations.length === 0}
        >
          Ask
        </Button>
      </div>
    </form>
  );
}

/** Asks for access, or for more time of it. */
export function AskDialog(props: Props) {
  const options = useQuery(grantOptions());
  return (
    <Dialog
      title={props.extend ? `Extend ${grantId(props.extend.id)}` : "Ask for access"}
      onClose={props.onClose}
    >
      <QueryView query={options} lines={6}>
        {(data) => <AskForm {...props} options={data} />}
      </QueryView>
    </Dialog>
  );
}
