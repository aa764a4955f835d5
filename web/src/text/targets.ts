/** Kinds of targets in words, and how a client of each gets in. */

import type { TargetKind } from "../api/types";

export const KIND_WORD: Record<TargetKind, string> = {
  postgres: "PostgreSQL",
  http: "HTTP API",
  openai: "OpenAI API",
  anthropic: "Anthropic API",
  mcp: "MCP server",
  shell: "Workstation",
};

export const TARGET_KINDS = Object.keys(KIND_WORD) as TargetKind[];

export const KIND_HELP: Record<TargetKind, string> = {
  postgres: "A database. Clients name it as the database they connect to.",
  http: "Any API over HTTP. Its address begins with the target's name.",
  openai: "Models behind OpenAI's API, or a server that speaks it.",
  anthropic: "Models behind Anthropic's API, or a server that speaks it.",
  mcp: "A server of tools and resources, over HTTP or started as a command.",
  shell: "A machine whose coding copilots ask before they run or change something.",
};

/** A few letters in place of a picture. */
export const KIND_MARK: Record<TargetKind, string> = {
  postgres: "SQL",
  http: "HTTP",
  openai: "LLM",
  anthropic: "LLM",
  mcp: "MCP",
  shell: ">_",
};

export interface Hint {
  label: string;
  text: string;
}

const EDGE = "https://your-edge.example.com";
const SECRET = "the agent's Countersign credential";

/** What to write where, for a client to go through the edge. */
export function hintsFor(kind: TargetKind, name: string): Hint[] {
  const base = `${EDGE}/${name}`;
  switch (kind) {
    case "postgres":
      return [
        {
          label: "psql",
          text: `psql "host=your-edge.example.com user=AGENT dbname=${name} sslmode=require"`,
        },
      ];
    case "http":
      return [
        { label: "curl", text: `curl -H "Authorization: Bearer $COUNTERSIGN_TOKEN" ${base}/v1/…` },
      ];
    case "openai":
      return [
        {
          label: "Python",
          text: `OpenAI(base_url="${base}/v1", api_key="…")  # ${SECRET}`,
        },
        {
          label: "Environment",
          text: `OPENAI_BASE_URL=${base}/v1\nOPENAI_API_KEY=…  # ${SECRET}`,
        },
      ];
    case "anthropic":
      return [
        { label: "Python", text: `Anthropic(base_url="${base}", api_key="…")  # ${SECRET}` },
        {
          label: "Environment",
          text: `ANTHROPIC_BASE_URL=${base}\nANTHROPIC_API_KEY=…  # ${SECRET}`,
        },
      ];
    case "mcp":
      return [
        {
          label: "Client's configuration",
          text: JSON.stringify(
            {
              mcpServers: {
                [name]: { url: base, headers: { Authorization: "Bearer …" } },
              },
            },
            null,
            2,
          ),
        },
        {
          label: "A server that is a command",
          text: `countersign mcp --target ${name} -- npx some-server`,
        },
      ];
    case "shell":
      return [
        {
          label: "The copilot's environment",
          text: `COUNTERSIGN_EDGE=${EDGE}\nCOUNTERSIGN_TARGET=${name}\nCOUNTERSIGN_CREDENTIAL_FILE=…`,
        },
        {
          label: "Claude Code",
          text: `countersign hook install claude-code --write .claude/settings.json`,
        },
        {
          label: "Cursor",
          text: `countersign hook install cursor --write .cursor/hooks.json`,
        },
        {
          label: "Codex",
          text: `countersign hook install codex --write .codex/hooks.json`,
        },
      ];
  }
}
