import type { ReactNode } from "react";
import type { RawOperation } from "../api/types";
import { lineOf, pathOf } from "../text/operation";
import { BodyBlock } from "../ui/Json";
import { NameList } from "../ui/LabelList";
import { Fact, Facts } from "../ui/Panel";
import { Pill } from "../ui/Pill";
import { Revealed } from "../ui/Revealed";
import { Messages } from "./Conversation";
import { messagesOf } from "./conversation";

type Of<K extends string> = Extract<RawOperation, Record<K, unknown>>;

/** A part of a request under its name. */
export function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section className="part">
      <h3>{name}</h3>
      {children}
    </section>
  );
}

function Pairs({ pairs }: { pairs: string[][] }) {
  return (
    <dl className="pairs mono">
      {pairs.map(([name = "", value = ""], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a header may come twice; it is known by its place
        <div key={index}>
          <dt>
            <Revealed text={name} />
          </dt>
          <dd className="break">
            <Revealed text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Http({ http }: Of<"http">) {
  const { method, host, headers = [], body, route } = http;
  return (
    <>
      <p className="request-head mono break">
        <b>{method}</b> {host && <Revealed text={host} mode="code" />}
        <Revealed text={pathOf(http)} />
      </p>
      {route && (
        <p className="faint">
          Route <span className="mono">{route}</span>
        </p>
      )}
      {headers.length > 0 && (
        <details>
          <summary>
            {headers.length} headers <span className="faint">without credentials</span>
          </summary>
          <Pairs pairs={headers} />
        </details>
      )}
      {body ? (
        <Part name="Body">
          <BodyBlock text={body} />
        </Part>
      ) : (
        <p className="faint">No body, or none that is text.</p>
      )}
    </>
  );
}

interface HeadProps {
  server?: string | null;
  /** A tool, or a method of the protocol. */
  called: string;
  children: ReactNode;
}

function Head({ server, called, children }: HeadProps) {
  return (
    <p className="request-head mono break">
      {server && (
        <>
          <Revealed text={server} mode="code" />
          <span className="faint"> · </span>
        </>
      )}
      <b>
        <Revealed text={called} mode="code" />
      </b>{" "}
      {children}
    </p>
  );
}

function ToolCall({ tool_call }: Of<"tool_call">) {
  const { server, tool, arguments: given, definition_changed } = tool_call;
  return (
    <>
      <Head server={server} called={tool}>
        {definition_changed && <Pill tone="deny">its definition has changed</Pill>}
      </Head>
      <Part name="Arguments">
        <BodyBlock text={JSON.stringify(given ?? {})} />
      </Part>
    </>
  );
}

function Mcp({ mcp }: Of<"mcp">) {
  const { server, method, name, params } = mcp;
  return (
    <>
      <Head server={server} called={method}>
        {name && <Revealed text={name} />}
      </Head>
      {params && (
        <Part name="Parameters">
          <BodyBlock text={JSON.stringify(params)} />
        </Part>
      )}
    </>
  );
}

function Llm({ llm, before }: Of<"llm"> & { before: number }) {
  const { provider, api, model, stream, tools = [], max_output_tokens, body } = llm;
  return (
    <>
      <Facts>
        <Fact name="Model">{model && <Revealed text={model} mode="code" />}</Fact>
        <Fact name="API">
          {provider} {api.replaceAll("_", " ")}
          {stream && ", as a stream"}
        </Fact>
        <Fact name="Tools">{tools.length > 0 && <NameList names={tools} />}</Fact>
        <Fact name="Answer">{max_output_tokens && `at most ${max_output_tokens} tokens`}</Fact>
      </Facts>
      <Messages messages={messagesOf({ llm }) ?? []} before={before} />
      {body && (
        <details>
          <summary>The body as it is sent</summary>
          <BodyBlock text={body} />
        </details>
      )}
    </>
  );
}

interface Props {
  request: RawOperation;
  /** Of a conversation, messages that the session has shown before. */
  before?: number;
}

/** An operation that is not SQL, with everything that would be sent. */
export function RequestView({ request, before = 0 }: Props) {
  if ("http" in request) return <Http {...request} />;
  if ("tool_call" in request) return <ToolCall {...request} />;
  if ("mcp" in request) return <Mcp {...request} />;
  if ("llm" in request) return <Llm {...request} before={before} />;
  return <BodyBlock text={lineOf(request)} />;
}
