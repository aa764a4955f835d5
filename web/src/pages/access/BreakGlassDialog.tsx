import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { client, ok } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { targets as targetsQuery } from "../../api/queries";
import type { Grant, GrantOperation } from "../../api/types";
import { OPERATIONS } from "../../text/access";
import { Button } from "../../ui/Button";
import { ChoicesField } from "../../ui/Choices";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { ProblemNote, QueryView } from "../../ui/States";
import { DurationField, useDuration } from "./DurationField";
import { TargetsField } from "./TargetsField";

const HOUR = 3600;

interface Props {
  onDone: (grant: Grant) => void;
  onClose: () => void;
}

/** An admin takes access for themselves, without anybody's approval. */
export function BreakGlassDialog({ onDone, onClose }: Props) {
  const list = useQuery(targetsQuery());
  const [targets, setTargets] = useState<string[]>([]);
  const [operations, setOperations] = useState<GrantOperation[]>(["read"]);
  const [task, setTask] = useState("");
  const [reason, setReason] = useState("");
  const duration = useDuration(HOUR);
  const queries = useQueryClient();
  const take = useMutation({
    mutationFn: (seconds: number) =>
      ok(
        client.POST("/api/v1/grants/break-glass", {
          body: {
            targets,
            operations,
            task: task.trim(),
            reason: reason.trim(),
            duration_seconds: seconds,
          },
        }),
      ),
    onSuccess: async (grant) => {
      for (const key of ["grant", "alert"]) await queries.invalidateQueries({ queryKey: [key] });
      onDone(grant);
    },
  });
  const problem = take.error instanceof ApiProblem ? take.error : undefined;
  return (
    <Dialog title="Break glass" onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (duration.seconds !== undefined) take.mutate(duration.seconds);
        }}
      >
        <div className="note" data-tone="deny">
          <b>Nobody approves this.</b> It is for you alone and for an hour at most. Everybody is
          alerted, and everything that you do under it is marked.
        </div>
        <QueryView query={list} lines={3}>
          {(all) => (
            <TargetsField
              targets={all}
              chosen={targets}
              error={problem?.fieldError("/targets")}
              onChange={setTargets}
            />
          )}
        </QueryView>
        <ChoicesField
          label="Operations"
          options={OPERATIONS}
          values={operations}
          error={problem?.fieldError("/operations")}
          onChange={setOperations}
        />
        <TextField
          label="Task"
          required
          maxLength={200}
          placeholder="restore checkout"
          value={task}
          error={problem?.fieldError("/task")}
          onChange={setTask}
        />
        <TextField
          label="Why it cannot wait"
          help="For everybody who looks at it afterwards."
          required
          maxLength={200}
          value={reason}
          error={problem?.fieldError("/reason")}
          onChange={setReason}
        />
        <DurationField duration={duration} error={problem?.fieldError("/duration_seconds")} />
        {take.error && <ProblemNote error={take.error} />}
        <div className="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            tone="no"
            busy={take.isPending}
            disabled={targets.length === 0 || operations.length === 0 || reason.trim() === ""}
          >
            Break the glass
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
