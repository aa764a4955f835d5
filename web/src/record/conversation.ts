/** A model's conversation, put together from the requests of a session. */

import type { RawOperation } from "../api/types";

export interface Message {
  role: string;
  text: string;
}

/** A request of a session, as much of it as tells what was said before. */
export interface Asked {
  id: string;
  request?: RawOperation;
}

export function messagesOf(request: RawOperation | undefined): Message[] | undefined {
  if (!request || !("llm" in request)) return undefined;
  return (request.llm.messages ?? []).map(({ role, text }) => ({ role, text: text ?? "" }));
}

/** How many of a request's messages an earlier request of the session had already, from the start:
 * clients send the whole conversation again with every turn. */
export function saidBefore(actions: Asked[], id: string): number {
  const at = actions.findIndex((action) => action.id === id);
  const mine = messagesOf(actions[at]?.request) ?? [];
  let most = 0;
  for (const action of actions.slice(0, Math.max(0, at))) {
    const theirs = messagesOf(action.request) ?? [];
    let same = 0;
    while (same < mine.length && same < theirs.length) {
      const [a, b] = [mine[same], theirs[same]];
      if (a?.role !== b?.role || a?.text !== b?.text) break;
      same += 1;
    }
    most = Math.max(most, same);
  }
  // What asks is new, even where it asks the same again.
  return Math.min(most, Math.max(0, mine.length - 1));
}

const ROLE: Record<string, string> = {
  system: "Instructions",
  developer: "Instructions",
  user: "User",
  assistant: "Model",
  tool: "Tool",
  call: "Tool call",
};

export const roleWord = (role: string) => ROLE[role] ?? role;

/** Whether an answer is words of a model, or a document such as a list of models. */
export function isWords(api: string): boolean {
  return ["chat", "responses", "messages", "completions"].includes(api);
}
