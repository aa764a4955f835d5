import type { ReactNode } from "react";
import { plural } from "../text/format";
import { BodyBlock } from "../ui/Json";
import { LongText } from "../ui/LongText";
import { type Message, roleWord } from "./conversation";

interface BubbleProps {
  speaker: string;
  aside?: ReactNode;
  children: ReactNode;
}

/** One turn of a conversation. */
export function Bubble({ speaker, aside, children }: BubbleProps) {
  return (
    <li className="bubble" data-role={speaker}>
      <span className="bubble-head">
        <b>{roleWord(speaker)}</b>
        {aside}
      </span>
      {children}
    </li>
  );
}

function Text({ role, text }: Message) {
  if (text === "") return <p className="faint">No text.</p>;
  if (role === "tool") return <BodyBlock text={text} />;
  return (
    <p className="said prose">
      <LongText text={text} />
    </p>
  );
}

function List({ messages }: { messages: Message[] }) {
  return (
    <ol className="conversation">
      {messages.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a message is known by its place
        <Bubble key={index} speaker={message.role}>
          <Text {...message} />
        </Bubble>
      ))}
    </ol>
  );
}

/** What is sent to a model; what it was sent before is folded away. */
export function Messages({ messages, before }: { messages: Message[]; before: number }) {
  return (
    <>
      {before > 0 && (
        <details>
          <summary>{plural(before, "earlier message")}, sent again</summary>
          <List messages={messages.slice(0, before)} />
        </details>
      )}
      <List messages={messages.slice(before)} />
    </>
  );
}
